// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/cli/inputs.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/tee/sev_snp/cert_table.hpp"

namespace redoubt::tee::cli {
namespace {

constexpr std::size_t k_max_files = 64;

bool is_certificate_name(const std::filesystem::path& path) {
    const auto extension = path.extension().string();
    return extension == ".pem" || extension == ".der" || extension == ".crt" || extension == ".cer" ||
           extension == ".crl";
}

Result<std::vector<std::filesystem::path>> files_of(const std::vector<std::string>& paths) {
    std::vector<std::filesystem::path> files;
    for (const auto& path : paths) {
        std::error_code error;
        if (!std::filesystem::is_directory(path, error)) {
            files.emplace_back(path);
            continue;
        }
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(path, error))
            if (is_certificate_name(entry.path())) found.push_back(entry.path());
        if (error) return fail(Code::unavailable, "read folder {}: {}", path, error.message());
        std::ranges::sort(found);
        files.insert(files.end(), found.begin(), found.end());
    }
    if (files.size() > k_max_files)
        return fail(Code::resource_exhausted, "{} certificate files", files.size());
    return files;
}

} // namespace

Status add_to_pool(Pool& pool, std::string_view bytes) {
    if (sev_snp::looks_like_cert_table(bytes)) {
        RDT_TRY(const auto entries, sev_snp::parse_cert_table(bytes));
        for (const auto& entry : entries)
            if (!entry.name.empty())
                RDT_CHECK(
                    add_to_pool(pool, entry.bytes).transform_error(context("table entry {}", entry.name)));
        return {};
    }
    const bool is_pem = bytes.contains("-----BEGIN");
    if (!is_pem && !Certificate::parse(bytes)) {
        auto list = RevocationList::parse(bytes);
        if (!list) return fail(Code::invalid_argument, "neither certificates nor a revocation list");
        pool.revocation_lists.push_back(*std::move(list));
        return {};
    }
    if (is_pem && bytes.contains("-----BEGIN X509 CRL")) {
        RDT_TRY(auto list, RevocationList::parse(bytes.substr(bytes.find("-----BEGIN X509 CRL"))));
        pool.revocation_lists.push_back(std::move(list));
        if (!bytes.contains("-----BEGIN CERTIFICATE")) return {};
    }
    RDT_TRY(auto certificates, Certificate::parse_all(bytes));
    std::ranges::move(certificates, std::back_inserter(pool.certificates));
    return {};
}

Result<Pool> load_pool(const std::vector<std::string>& paths) {
    RDT_TRY(const auto files, files_of(paths));
    Pool pool;
    for (const auto& file : files) {
        RDT_TRY(const auto bytes, read_file(file));
        RDT_CHECK(add_to_pool(pool, bytes).transform_error(context("{}", file.string())));
    }
    return pool;
}

Result<std::vector<TrustAnchor>> load_anchors(const std::vector<std::string>& paths) {
    RDT_TRY(auto pool, load_pool(paths));
    std::vector<TrustAnchor> anchors;
    for (auto& certificate : pool.certificates) {
        if (!certificate.is_self_issued())
            return fail(Code::invalid_argument, "--anchor: {} is no root", certificate.subject());
        anchors.push_back(make_operator_anchor(std::move(certificate)));
    }
    return anchors;
}

Result<Time> time_of(const EvidenceOptions& options) {
    if (!options.at.empty()) return parse_time(options.at).transform_error(context("--at"));
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Result<std::string> read_hex(std::string_view flag, const std::string& text) {
    return encoding::from_hex(text).transform_error(context("{}", flag));
}

Result<std::vector<std::string>> read_hex_list(std::string_view flag, const std::vector<std::string>& texts,
                                               std::size_t size) {
    std::vector<std::string> values;
    for (const auto& text : texts) {
        RDT_TRY(auto value, read_hex(flag, text));
        if (size != 0 && value.size() != size)
            return fail(Code::invalid_argument, "{}: {} bytes, where {} belong", flag, value.size(), size);
        values.push_back(std::move(value));
    }
    return values;
}

Result<std::uint64_t> read_number(std::string_view flag, std::string_view text) {
    const bool is_hex = text.starts_with("0x");
    const auto digits = is_hex ? text.substr(2) : text;
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
    if (error != std::errc() || end != digits.data() + digits.size())
        return fail(Code::invalid_argument, "{}: '{}' is not a number", flag, text.substr(0, 40));
    return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> pieces;
    while (!text.empty()) {
        const auto at = text.find(separator);
        if (at != 0) pieces.emplace_back(text.substr(0, at));
        text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    }
    return pieces;
}

} // namespace redoubt::tee::cli

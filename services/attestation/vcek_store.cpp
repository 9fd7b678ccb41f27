// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/vcek_store.hpp"

#include <algorithm>

#include "common/base/file.hpp"

namespace redoubt::services::attestation {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_ending = ".der";
constexpr std::size_t k_max_certificate = 64U << 10U;

/// What is known of the certificates' coming; a file that cannot be read knows nothing.
Origins read_origins(const fs::path& folder) {
    const auto text = read_file(folder / k_origins_file);
    if (!text) return {};
    return parse_origins(*text).value_or(Origins());
}

struct Kept {
    std::string key;
    tee::Certificate certificate;
};

std::optional<Kept> read_vcek(const fs::path& file) {
    if (file.extension() != k_ending) return std::nullopt;
    const auto bytes = read_file(file, k_max_certificate);
    if (!bytes) return std::nullopt;
    auto certificate = tee::Certificate::parse(*bytes);
    if (!certificate) return std::nullopt;
    const auto endorsement = tee::sev_snp::parse_endorsement(*certificate);
    const auto key = endorsement ? key_of(*endorsement) : std::nullopt;
    if (!key || *key != file.stem().native()) return std::nullopt;
    return Kept{*key, *std::move(certificate)};
}

Result<std::vector<Kept>> read_folder(const fs::path& folder) {
    std::vector<Kept> found;
    std::error_code error;
    if (!fs::is_directory(folder, error)) return found;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (found.size() == k_max_vceks) break;
        if (auto kept = read_vcek(entry.path())) found.push_back(*std::move(kept));
    }
    if (error) return fail_errno(error.value(), "read folder {}", folder.native());
    return found;
}

} // namespace

Status load_vceks(const fs::path& folder, Collateral& collateral) {
    RDT_TRY(auto found, read_folder(folder));
    const auto known = read_origins(folder);
    for (auto& [key, certificate] : found) {
        const auto digest = digest_of(certificate);
        const auto origin = known.find(digest);
        collateral.origins[digest] = origin == known.end() ? Origin() : origin->second;
        collateral.vceks.emplace(std::move(key), std::move(certificate));
    }
    return {};
}

Status keep_vcek(const fs::path& folder, const std::string& key, const tee::Certificate& certificate,
                 const Origin& origin) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail_errno(error.value(), "make folder {}", folder.native());
    RDT_TRY(const auto found, read_folder(folder));
    const auto known = read_origins(folder);
    Origins origins;
    const Kept* oldest = nullptr;
    tee::Time oldest_came = tee::Time::max();
    for (const auto& kept : found) {
        const auto digest = digest_of(kept.certificate);
        if (const auto one = known.find(digest); one != known.end()) origins.insert(*one);
        const auto came =
            origins.contains(digest) ? origins[digest].came.value_or(tee::Time::min()) : tee::Time::min();
        if (oldest != nullptr && came >= oldest_came) continue;
        oldest = &kept;
        oldest_came = came;
    }
    if (found.size() >= k_max_vceks && oldest != nullptr) {
        origins.erase(digest_of(oldest->certificate));
        fs::remove(folder / (oldest->key + k_ending), error);
        if (error) return fail_errno(error.value(), "remove a VCEK from {}", folder.native());
    }
    RDT_CHECK(write_file(folder / (key + k_ending), certificate.der()));
    origins[digest_of(certificate)] = origin;
    return write_file(folder / k_origins_file, render_origins(origins));
}

} // namespace redoubt::services::attestation

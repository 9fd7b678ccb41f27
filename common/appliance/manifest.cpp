// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/appliance/manifest.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "common/encoding/json.hpp"

namespace redoubt::appliance {
namespace {

constexpr std::size_t k_max_manifest = 64U << 10U;
constexpr std::uint64_t k_max_file = 16ULL << 30U;
constexpr std::size_t k_hash_digits = 64;
constexpr std::int64_t k_format = 1;

constexpr std::array<std::pair<Part, std::string_view>, 8> k_parts = {{
    {Part::usr, "usr"},
    {Part::usr_verity, "usr-verity"},
    {Part::usr_verity_sig, "usr-verity-sig"},
    {Part::kernel, "kernel"},
    {Part::boot_loader, "boot-loader"},
    {Part::secure_boot_pk, "secure-boot-pk"},
    {Part::secure_boot_kek, "secure-boot-kek"},
    {Part::secure_boot_db, "secure-boot-db"},
}};

bool all_of(std::string_view text, std::string_view letters) {
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

Result<std::string> hash(const json::Node& node) {
    RDT_TRY(auto text, node.string());
    if (text.size() != k_hash_digits || !all_of(text, "0123456789abcdef"))
        return node.wrong("not 64 hex digits in lower case");
    return text;
}

Result<std::string> file_name(const json::Node& node) {
    RDT_TRY(auto text, node.string());
    constexpr std::string_view k_letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
    if (!all_of(text, k_letters) || text.front() == '.' || text.size() > 128)
        return node.wrong("not a plain file name");
    return text;
}

Status expect_fields(const json::Node& node, std::initializer_list<std::string_view> known) {
    RDT_TRY(const auto members, node.members());
    for (const auto& [name, value] : members) {
        if (std::ranges::find(known, name) == known.end()) return value.wrong("no such field");
    }
    return {};
}

Result<PayloadFile> parse_file(const json::Node& node) {
    RDT_CHECK(expect_fields(node, {"part", "name", "bytes", "sha256"}));
    PayloadFile file;
    RDT_TRY(const auto part, node["part"].string());
    const auto* known = std::ranges::find(k_parts, part, &std::pair<Part, std::string_view>::second);
    if (known == k_parts.end()) return node["part"].wrong("no such part");
    file.part = known->first;
    RDT_TRY(file.name, file_name(node["name"]));
    RDT_TRY(file.bytes, node["bytes"].unsigned_integer());
    if (file.bytes == 0 || file.bytes > k_max_file) return node["bytes"].wrong("not between 1 and 16 GiB");
    RDT_TRY(file.sha256, hash(node["sha256"]));
    return file;
}

Status check_completeness(const Manifest& manifest) {
    for (const auto& [part, name] : k_parts) {
        const auto count = std::ranges::count(manifest.files, part, &PayloadFile::part);
        if (count != 1)
            return fail(Code::invalid_argument, "manifest.files: part '{}' is there {} times, not once", name,
                        count);
    }
    return {};
}

} // namespace

std::string_view name_of(Part part) {
    return std::ranges::find(k_parts, part, &std::pair<Part, std::string_view>::first)->second;
}

const PayloadFile& Manifest::file(Part part) const {
    const auto found = std::ranges::find(files, part, &PayloadFile::part);
    if (found == files.end()) std::abort(); // parse_manifest has seen to it
    return *found;
}

Result<Manifest> parse_manifest(std::string_view text) {
    RDT_TRY(const auto document,
            json::parse("manifest", text, {.max_bytes = k_max_manifest, .max_depth = 4}));
    const auto root = document.root();
    RDT_TRY(const auto format, root["redoubt-payload"].integer());
    if (format != k_format) return root["redoubt-payload"].wrong("a format that this program does not know");
    RDT_CHECK(expect_fields(root, {"redoubt-payload", "version", "usr-hash", "files"}));
    Manifest manifest;
    RDT_TRY(manifest.version, root["version"].string());
    if (!all_of(manifest.version, "0123456789.") || manifest.version.size() > 32)
        return root["version"].wrong("not digits and dots");
    RDT_TRY(manifest.usr_hash, hash(root["usr-hash"]));
    RDT_TRY(const auto files, root["files"].array());
    for (const auto& node : files) {
        RDT_TRY(auto file, parse_file(node));
        manifest.files.push_back(std::move(file));
    }
    RDT_CHECK(check_completeness(manifest));
    return manifest;
}

Status check_signature(std::string_view text, std::string_view signature, const crypto::PublicKey& key) {
    return key.verify_ed25519(text, signature).transform_error(context("manifest's signature"));
}

} // namespace redoubt::appliance

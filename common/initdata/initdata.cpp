// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/initdata/initdata.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "common/config/schema.hpp"
#include "common/config/toml_reader.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/initdata/gzip.hpp"

namespace redoubt::initdata {
namespace {

constexpr std::string_view k_version = "0.1.0";
constexpr std::size_t k_max_name = 128;

using Entries = std::map<std::string, std::string, std::less<>>;

/// Names may become those of files.
bool is_entry_name(std::string_view name) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= k_max_name && name.front() != '.' &&
           std::ranges::all_of(name, is_fine);
}

/// Takes the assignments of one text, one by one.
class EntryReader {
  public:
    Status read(const config::TomlEntry& entry);
    Result<crypto::HashAlgorithm> finish() const;
    Entries& entries() { return entries_; }

  private:
    Status read_data(const config::TomlEntry& entry, const std::string& text);

    std::optional<std::string> version_;
    std::optional<crypto::HashAlgorithm> algorithm_;
    Entries entries_;
};

template <class... Args>
std::unexpected<Error> refuse(const config::TomlEntry& entry, std::format_string<Args...> format,
                              Args&&... args) {
    return fail(Code::invalid_argument, "initdata:{}:{}: {}", entry.line, entry.column,
                std::format(format, std::forward<Args>(args)...));
}

Status EntryReader::read(const config::TomlEntry& entry) {
    const auto& path = entry.path;
    if (path.size() == 1 && path[0] == "data" && std::holds_alternative<config::Unusable>(entry.value))
        return {}; // an empty table
    const auto* text = std::get_if<std::string>(&entry.value);
    if (text == nullptr) return refuse(entry, "'{}' is not a string", entry.key);
    if (path.size() == 2 && path[0] == "data") return read_data(entry, *text);
    if (path.size() == 1 && path[0] == "version") {
        if (*text != k_version) return refuse(entry, "version '{}' is not known, only {}", *text, k_version);
        version_ = *text;
        return {};
    }
    if (path.size() == 1 && path[0] == "algorithm") {
        algorithm_ = crypto::hash_of_name(*text);
        if (!algorithm_) return refuse(entry, "algorithm '{}' is none of sha256, sha384 and sha512", *text);
        return {};
    }
    return refuse(entry, "'{}' does not belong here: version, algorithm and [data] do", entry.key);
}

Status EntryReader::read_data(const config::TomlEntry& entry, const std::string& text) {
    if (!is_entry_name(entry.path[1]))
        return refuse(entry, "an entry's name is 1 to {} letters, digits, '.', '_' and '-'", k_max_name);
    if (entries_.size() == k_max_entries) return refuse(entry, "more than {} entries", k_max_entries);
    entries_.insert_or_assign(entry.path[1], text);
    return {};
}

Result<crypto::HashAlgorithm> EntryReader::finish() const {
    if (!version_) return fail(Code::invalid_argument, "initdata: no version");
    if (!algorithm_) return fail(Code::invalid_argument, "initdata: no algorithm");
    return *algorithm_;
}

/// As it is, over several lines, where TOML can have it so: people read these files.
std::string quote(std::string_view text) {
    const auto is_plain = [](char c) {
        return c == '\n' || c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    };
    if (!text.contains('\n') || text.contains("'''") || text.ends_with('\'') ||
        !std::ranges::all_of(text, is_plain))
        return config::quote(text);
    return std::format("'''\n{}'''", text); // the first line end is not the string's
}

} // namespace

Result<Initdata> Initdata::parse(std::string_view toml) {
    if (toml.size() > k_max_toml)
        return fail(Code::resource_exhausted, "initdata: {} bytes, the most is {}", toml.size(), k_max_toml);
    RDT_TRY(const auto assignments, config::read_toml(toml, "initdata"));
    EntryReader reader;
    for (const auto& assignment : assignments) RDT_CHECK(reader.read(assignment));
    RDT_TRY(const auto algorithm, reader.finish());
    RDT_TRY(auto digest, crypto::digest_of(toml, algorithm));
    return Initdata(std::move(digest), std::move(reader.entries()));
}

const std::string* Initdata::find(std::string_view name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second;
}

std::string Initdata::bound_to(std::size_t size) const {
    auto bytes = encoding::from_hex(digest_.hex()).value_or(std::string()); // a Digest's hex is hex
    bytes.resize(size, '\0');
    return bytes;
}

Result<std::string> render(crypto::HashAlgorithm algorithm, const Entries& entries) {
    auto text = std::format("version = \"{}\"\nalgorithm = \"{}\"\n\n[data]\n", k_version,
                            crypto::name_of(algorithm));
    for (const auto& [name, value] : entries)
        text += std::format("{} = {}\n", config::quote(name), quote(value));
    RDT_TRY(const auto parsed, Initdata::parse(text));
    if (parsed.entries() != entries) return fail(Code::internal, "initdata: is not read as it was written");
    return text;
}

Result<std::string> make_annotation(std::string_view toml) {
    RDT_TRY(const auto packed, compress(toml));
    return encoding::to_base64(packed);
}

Result<std::string> read_annotation(std::string_view annotation) {
    if (annotation.size() > 2 * k_max_toml)
        return fail(Code::resource_exhausted, "initdata annotation: {} bytes, the most is {}",
                    annotation.size(), 2 * k_max_toml);
    std::string text(annotation);
    std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
    RDT_TRY(const auto packed, encoding::from_base64(text).transform_error(context("initdata annotation")));
    return decompress(packed, k_max_toml).transform_error(context("initdata annotation"));
}

} // namespace redoubt::initdata

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/volume_files.hpp"

#include <format>
#include <utility>

namespace redoubt::ctl {
namespace {

constexpr std::int64_t k_permissions = 0777;
constexpr std::uint32_t k_default_mode = 0644;

Result<std::uint32_t> parse_mode(ManifestFields& fields, const std::string& name, std::uint32_t fallback) {
    const auto place = fields.take(name);
    if (!place) return fallback;
    // 0644 is YAML 1.1's way to write octal; 420 is what JSON has for it.
    RDT_TRY(const auto text, place->word());
    if (text.size() > 1 && text.starts_with('0')) {
        std::uint32_t mode = 0;
        for (const char digit : text.substr(text.starts_with("0o") ? 2 : 1)) {
            if (digit < '0' || digit > '7' || mode > 0777)
                return place->wrong("not permissions such as 0644");
            mode = mode * 8 + static_cast<std::uint32_t>(digit - '0');
        }
        if (mode > 0777) return place->wrong("not permissions such as 0644");
        return mode;
    }
    RDT_TRY(const auto number, place->integer(0, k_permissions));
    return static_cast<std::uint32_t>(number);
}

} // namespace

Result<std::vector<VolumeFile>> read_volume_files(ManifestFields fields, const ManifestStore& store,
                                                  bool is_secret) {
    std::vector<VolumeFile> files;
    RDT_TRY(const auto* data,
            find_data(fields, is_secret ? store.secrets : store.config_maps,
                      is_secret ? "Secret" : "ConfigMap", is_secret ? "secretName" : "name"));
    RDT_TRY(const auto default_mode, parse_mode(fields, "defaultMode", k_default_mode));
    RDT_TRY(const auto items, fields.list("items"));
    for (const auto& item : items) {
        RDT_TRY(auto entry, ManifestFields::open(item));
        RDT_TRY(const auto key_place, entry.need("key"));
        RDT_TRY(const auto key, key_place.text());
        RDT_TRY(const auto path_place, entry.need("path"));
        RDT_TRY(auto path, path_place.text());
        RDT_TRY(const auto mode, parse_mode(entry, "mode", default_mode));
        RDT_CHECK(entry.finish());
        if (data == nullptr) continue;
        const auto found = data->find(key);
        if (found == data->end()) return key_place.wrong(std::format("there is no '{}'", key));
        files.push_back({.path = std::move(path), .mode = mode, .bytes = found->second});
    }
    if (items.empty() && data != nullptr)
        for (const auto& [key, bytes] : *data)
            files.push_back({.path = key, .mode = default_mode, .bytes = bytes});
    RDT_CHECK(fields.finish());
    return files;
}

} // namespace redoubt::ctl

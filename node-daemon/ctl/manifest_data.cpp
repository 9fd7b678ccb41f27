// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/manifest_data.hpp"

#include <format>

#include "common/encoding/base64.hpp"

namespace redoubt::ctl {
namespace {

Status add_base64(const std::optional<ManifestPlace>& place, ManifestData& data) {
    if (!place) return {};
    RDT_TRY(const auto texts, place->text_map());
    for (const auto& [key, text] : texts) {
        auto stripped = text;
        std::erase_if(stripped, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
        auto bytes = encoding::from_base64(stripped);
        if (!bytes) return place->wrong(std::format("'{}' is not base64: {}", key, bytes.error().message));
        data[key] = std::move(*bytes);
    }
    return {};
}

Status add_texts(const std::optional<ManifestPlace>& place, ManifestData& data) {
    if (!place) return {};
    RDT_TRY(auto texts, place->text_map());
    for (auto& [key, text] : texts) data[key] = std::move(text);
    return {};
}

} // namespace

Result<ManifestData> read_manifest_data(ManifestFields& fields, bool is_secret) {
    ManifestData data;
    if (is_secret) {
        RDT_CHECK(add_base64(fields.take("data"), data));
        RDT_CHECK(add_texts(fields.take("stringData"), data));
    } else {
        RDT_CHECK(add_texts(fields.take("data"), data));
        RDT_CHECK(add_base64(fields.take("binaryData"), data));
    }
    return data;
}

Result<const ManifestData*> find_data(ManifestFields& fields,
                                      const std::map<std::string, ManifestData>& known,
                                      const std::string& kind, const std::string& name_field) {
    RDT_TRY(const auto name_place, fields.need(name_field));
    RDT_TRY(const auto name, name_place.text());
    RDT_TRY(const bool is_optional, fields.boolean("optional", false));
    const auto found = known.find(name);
    if (found != known.end()) return &found->second;
    if (is_optional) return nullptr;
    return name_place.wrong(std::format("no {} '{}' in these manifests", kind, name));
}

Result<std::optional<std::string>>
find_value(ManifestFields fields, const std::map<std::string, ManifestData>& known, const std::string& kind) {
    RDT_TRY(const auto key_place, fields.need("key"));
    RDT_TRY(const auto key, key_place.text());
    RDT_TRY(const bool is_optional, fields.boolean("optional", false));
    RDT_TRY(const auto* data, find_data(fields, known, kind, "name"));
    RDT_CHECK(fields.finish());
    if (data != nullptr)
        if (const auto found = data->find(key); found != data->end()) return std::optional(found->second);
    if (is_optional) return std::optional<std::string>();
    return key_place.wrong(std::format("there is no '{}'", key));
}

Result<std::vector<std::pair<std::string, std::string>>> read_variable_groups(ManifestFields& container,
                                                                              const ManifestStore& store) {
    std::vector<std::pair<std::string, std::string>> variables;
    RDT_TRY(const auto groups, container.list("envFrom"));
    for (const auto& place : groups) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        RDT_TRY(const auto prefix, fields.text("prefix"));
        RDT_TRY(auto config_map, fields.object("configMapRef"));
        RDT_TRY(auto secret, fields.object("secretRef"));
        RDT_CHECK(fields.finish());
        if (config_map.has_value() == secret.has_value())
            return place.wrong("one of configMapRef and secretRef is needed");
        auto& named = config_map ? *config_map : *secret;
        RDT_TRY(const auto* data, find_data(named, config_map ? store.config_maps : store.secrets,
                                            config_map ? "ConfigMap" : "Secret", "name"));
        RDT_CHECK(named.finish());
        if (data == nullptr) continue;
        for (const auto& [key, value] : *data) variables.emplace_back(prefix + key, value);
    }
    return variables;
}

} // namespace redoubt::ctl

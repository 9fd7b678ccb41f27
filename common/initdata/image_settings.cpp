// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/initdata/image_settings.hpp"

#include <format>
#include <variant>

#include "common/config/schema.hpp"
#include "common/config/toml_reader.hpp"

namespace redoubt::initdata {
namespace {

constexpr std::string_view k_section = "image";
constexpr std::string_view k_policy = "image_security_policy";
constexpr std::string_view k_policy_uri = "image_security_policy_uri";

/// Where the setting goes; null when it is none of these. Errors: one that is nearly one of these.
Result<std::string*> place_of(const config::TomlEntry& entry, ImageSettings& settings) {
    if (entry.path.size() < 2 || entry.path[0] != k_section) return nullptr;
    if (entry.path[1] == k_policy) return &settings.policy;
    if (entry.path[1] == k_policy_uri) return &settings.policy_uri;
    if (!entry.path[1].contains("policy")) return nullptr;
    return fail(Code::invalid_argument, "{}: {} is not known: {} and {} are", k_data_hub_entry, entry.key,
                k_policy, k_policy_uri);
}

} // namespace

Result<ImageSettings> parse_image_settings(const Initdata& initdata) {
    ImageSettings settings;
    const auto* const text = initdata.find(k_data_hub_entry);
    if (text == nullptr) return settings;
    RDT_TRY(const auto entries, config::read_toml(*text, k_data_hub_entry));
    for (const auto& entry : entries) {
        // An array of tables, or a value, in the section's place would hide what is in it.
        if (entry.path.size() == 1 && entry.path[0] == k_section &&
            !(std::holds_alternative<config::Unusable>(entry.value) &&
              std::get<config::Unusable>(entry.value).kind == "a section"))
            return fail(Code::invalid_argument, "{}: '{}' is not a section", k_data_hub_entry, k_section);
        RDT_TRY(auto* const place, place_of(entry, settings));
        if (place == nullptr) continue;
        const auto* value = std::get_if<std::string>(&entry.value);
        if (value == nullptr || value->empty() || entry.path.size() != 2)
            return fail(Code::invalid_argument, "{}: {} is no text", k_data_hub_entry, entry.key);
        *place = *value;
    }
    if (!settings.policy.empty() && !settings.policy_uri.empty())
        return fail(Code::invalid_argument, "{}: both {} and {} say which signatures images need",
                    k_data_hub_entry, k_policy, k_policy_uri);
    if (!settings.policy_uri.empty() && !settings.policy_uri.starts_with("kbs://"))
        return fail(Code::invalid_argument,
                    "{}: {} '{}' is not kbs:///REPOSITORY/TYPE/TAG: a guest has no files", k_data_hub_entry,
                    k_policy_uri, settings.policy_uri.substr(0, 100));
    return settings;
}

std::string render_image_settings(const ImageSettings& settings) {
    std::string text = std::format("[{}]\n", k_section);
    if (!settings.policy.empty()) text += std::format("{} = {}\n", k_policy, config::quote(settings.policy));
    if (!settings.policy_uri.empty())
        text += std::format("{} = {}\n", k_policy_uri, config::quote(settings.policy_uri));
    return text;
}

} // namespace redoubt::initdata

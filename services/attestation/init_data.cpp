// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/init_data.hpp"

#include <optional>

#include "common/config/toml_reader.hpp"
#include "common/crypto/digest.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;

constexpr std::size_t k_max_bytes = 1U << 20U;
constexpr std::string_view k_data_prefix = "data.";
constexpr std::string_view k_policy_mark = "policy_data := {";

/// The value at a dotted path, with objects on the way.
bj::value& place_for(bj::object& root, std::string_view dotted) {
    bj::object* at = &root;
    for (auto dot = dotted.find('.'); dot != std::string_view::npos; dot = dotted.find('.')) {
        auto& next = (*at)[dotted.substr(0, dot)];
        if (!next.is_object()) next.emplace_object();
        at = &next.get_object();
        dotted.remove_prefix(dot + 1);
    }
    return (*at)[dotted];
}

std::optional<bj::value> json_of(const config::TomlValue& value) {
    if (const auto* truth = std::get_if<bool>(&value)) return bj::value(*truth);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return bj::value(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return bj::value(*text);
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        bj::array items;
        for (const auto& text : *list) items.emplace_back(text);
        return items;
    }
    return std::nullopt;
}

/// An entry that is TOML itself, as an object; as text when it is not.
bj::value expand(const std::string& name, const std::string& text) {
    if (!name.ends_with(".toml")) return bj::value(text);
    const auto entries = config::read_toml(text, name);
    if (!entries) return bj::value(text);
    bj::object object;
    for (const auto& entry : *entries)
        if (auto value = json_of(entry.value)) place_for(object, entry.key) = *std::move(value);
    return object;
}

/// The data of a generated policy, which stands at its end.
std::optional<bj::value> policy_data_of(std::string_view policy) {
    const auto mark = policy.find(k_policy_mark);
    if (mark == std::string_view::npos) return std::nullopt;
    const auto document = json::parse("policy_data", policy.substr(mark + k_policy_mark.size() - 1));
    if (!document) return std::nullopt;
    return *document->root().value();
}

} // namespace

Result<InitData> parse_init_data(std::string_view text) {
    if (text.size() > k_max_bytes)
        return fail(Code::invalid_argument, "init data: {} bytes, the limit is {}", text.size(), k_max_bytes);
    RDT_TRY(const auto entries, config::read_toml(text, "init data"));
    InitData data;
    std::string algorithm;
    for (const auto& entry : entries) {
        const auto* value = std::get_if<std::string>(&entry.value);
        if (entry.key == "algorithm" && value != nullptr) algorithm = *value;
        if (entry.key == "version" && (value == nullptr || *value != "0.1.0"))
            return fail(Code::invalid_argument, "init data: a version other than 0.1.0");
        if (!entry.key.starts_with(k_data_prefix) || value == nullptr) continue;
        const auto name = entry.key.substr(k_data_prefix.size());
        if (name != "policy.rego") {
            data.claims[name] = expand(name, *value);
        } else if (auto policy_data = policy_data_of(*value)) {
            data.claims["agent_policy_claims"] = *std::move(policy_data);
        }
    }
    const auto hash = crypto::hash_of_name(algorithm);
    if (!hash)
        return fail(Code::unimplemented, "init data: algorithm '{}' is not sha256, sha384 or sha512",
                    algorithm.substr(0, 40));
    RDT_TRY(data.digest, crypto::raw_digest(text, *hash));
    return data;
}

} // namespace redoubt::services::attestation

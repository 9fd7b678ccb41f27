// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/image_facts.hpp"

#include <algorithm>

#include "common/encoding/json.hpp"

namespace redoubt::agent_policy {
namespace {

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<std::optional<std::string>> optional_text(const json::Node& node) {
    if (!node.is_present()) return std::nullopt;
    RDT_TRY(auto text, node.string());
    return text;
}

Result<VerityLayer> read_layer(const json::Node& node) {
    constexpr std::size_t k_hash_digits = 64;
    constexpr std::size_t k_most_salt_digits = 512;
    VerityLayer layer;
    RDT_TRY(layer.root_hash, node["root_hash"].string());
    RDT_TRY(layer.salt, node["salt"].string());
    RDT_TRY(layer.data_blocks, node["data_blocks"].unsigned_integer());
    if (layer.root_hash.size() != k_hash_digits || !is_hex(layer.root_hash))
        return node["root_hash"].wrong("not 64 lower-case hex digits");
    if (layer.salt.size() > k_most_salt_digits || layer.salt.size() % 2 != 0 || !is_hex(layer.salt))
        return node["salt"].wrong("not lower-case hex digits");
    if (layer.data_blocks == 0) return node["data_blocks"].wrong("a layer has at least one");
    return layer;
}

} // namespace

Result<ImageFacts> parse_image_facts(std::string_view text) {
    constexpr std::string_view k_conversion = "redoubt-erofs-1";
    ImageFacts facts;
    RDT_TRY(facts.config, oci::parse_image_config(text));
    RDT_TRY(const auto document, json::parse("image config", text, {.max_bytes = oci::k_max_config_bytes}));
    const auto ours = document.root()["redoubt"];
    if (!ours.is_present()) return facts;
    RDT_CHECK(ours.expect_object());
    RDT_TRY(facts.digest, ours["digest"].string_or());
    if (!facts.digest.empty())
        if (const auto digest = crypto::Digest::parse(facts.digest); !digest)
            return ours["digest"].wrong(digest.error().message);
    RDT_TRY(facts.passwd, optional_text(ours["passwd"]));
    RDT_TRY(facts.group, optional_text(ours["group"]));
    RDT_TRY(facts.conversion, ours["conversion"].string_or());
    RDT_TRY(const auto layers, ours["layers"].array_or_empty());
    if (facts.conversion.empty() != layers.empty())
        return ours["conversion"].wrong("layers and the conversion that made them go together");
    if (!facts.conversion.empty() && facts.conversion != k_conversion)
        return ours["conversion"].wrong("not redoubt-erofs-1");
    for (const auto& node : layers) {
        RDT_TRY(auto layer, read_layer(node));
        facts.layers.push_back(std::move(layer));
    }
    return facts;
}

} // namespace redoubt::agent_policy

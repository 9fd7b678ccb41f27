// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/image_config.hpp"

#include <algorithm>

#include "common/encoding/json.hpp"

namespace redoubt::oci {
namespace {

/// The sorted keys of an object whose values say nothing: {"80/tcp": {}}.
Result<std::vector<std::string>> keys_of(const json::Node& node) {
    RDT_TRY(const auto members, node.members_or_empty());
    std::vector<std::string> keys;
    keys.reserve(members.size());
    for (const auto& [key, value] : members) keys.push_back(key);
    std::ranges::sort(keys);
    return keys;
}

Status refuse_nul(const std::vector<std::string>& texts, const json::Node& node) {
    for (const auto& text : texts)
        if (text.contains('\0')) return node.wrong("contains a NUL character");
    return {};
}

Result<std::vector<std::string>> arguments_of(const json::Node& node) {
    RDT_TRY(auto texts, node.strings_or_empty());
    RDT_CHECK(refuse_nul(texts, node));
    return texts;
}

Result<std::vector<std::string>> environment_of(const json::Node& node) {
    RDT_TRY(auto variables, arguments_of(node));
    for (const auto& variable : variables)
        if (variable.starts_with('=') || variable.empty())
            return node.wrong(std::format("'{}' has no name", variable));
    return variables;
}

Status read_run_part(const json::Node& run, ImageConfig& config) {
    if (run.is_present()) RDT_CHECK(run.expect_object());
    RDT_TRY(config.user, run["User"].string_or());
    RDT_TRY(config.env, environment_of(run["Env"]));
    RDT_TRY(config.entrypoint, arguments_of(run["Entrypoint"]));
    RDT_TRY(config.cmd, arguments_of(run["Cmd"]));
    RDT_TRY(config.working_dir, run["WorkingDir"].string_or());
    RDT_CHECK(refuse_nul({config.user}, run["User"]));
    RDT_CHECK(refuse_nul({config.working_dir}, run["WorkingDir"]));
    RDT_TRY(config.stop_signal, run["StopSignal"].string_or());
    RDT_TRY(config.labels, run["Labels"].string_map_or_empty());
    RDT_TRY(config.exposed_ports, keys_of(run["ExposedPorts"]));
    RDT_TRY(config.volumes, keys_of(run["Volumes"]));
    return {};
}

Result<std::vector<crypto::Digest>> read_diff_ids(const json::Node& rootfs) {
    RDT_CHECK(rootfs.expect_object());
    RDT_TRY(const auto type, rootfs["type"].string_or("layers"));
    if (type != "layers") return rootfs["type"].wrong("not \"layers\"");
    RDT_TRY(const auto nodes, rootfs["diff_ids"].array_or_empty());
    if (nodes.size() > k_max_layers)
        return fail(Code::resource_exhausted, "{}: {} layers, at most {} are allowed",
                    rootfs["diff_ids"].path(), nodes.size(), k_max_layers);
    std::vector<crypto::Digest> diff_ids;
    for (const auto& node : nodes) {
        RDT_TRY(const auto text, node.string());
        auto digest = crypto::Digest::parse(text);
        if (!digest) return node.wrong(digest.error().message);
        if (digest->algorithm() != crypto::HashAlgorithm::sha256) return node.wrong("not a sha256 digest");
        diff_ids.push_back(*std::move(digest));
    }
    return diff_ids;
}

} // namespace

Result<ImageConfig> parse_image_config(std::string_view text) {
    RDT_TRY(const auto document, json::parse("image config", text, {.max_bytes = k_max_config_bytes}));
    const auto root = document.root();
    RDT_CHECK(root.expect_object());
    ImageConfig config;
    RDT_TRY(config.platform.os, root["os"].string());
    RDT_TRY(config.platform.architecture, root["architecture"].string());
    RDT_TRY(config.platform.variant, root["variant"].string_or());
    RDT_TRY(config.created, root["created"].string_or());
    RDT_CHECK(read_run_part(root["config"], config));
    RDT_TRY(config.diff_ids, read_diff_ids(root["rootfs"]));
    return config;
}

Status check_same_layers(const Manifest& manifest, const ImageConfig& config) {
    if (manifest.layers.size() == config.diff_ids.size()) return {};
    return fail(Code::invalid_argument, "the manifest has {} layers, its config has {} diff ids",
                manifest.layers.size(), config.diff_ids.size());
}

} // namespace redoubt::oci

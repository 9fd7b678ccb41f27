// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/explained_images.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "common/initdata/image_settings.hpp"
#include "common/oci/encryption/layer_annotations.hpp"
#include "node-daemon/ctl/layout_blob.hpp"

namespace redoubt::ctl {
namespace {

using Keys = std::set<std::string>;

Status add_keys(const json::Node& manifest, Keys& keys) {
    RDT_TRY(const auto layers, manifest["layers"].array_or_empty());
    for (const auto& layer : layers) {
        RDT_TRY(const auto type, layer["mediaType"].string());
        if (!oci::encryption::is_encrypted_type(type)) continue;
        RDT_TRY(const auto annotations, layer["annotations"].string_map_or_empty());
        RDT_TRY(const auto seal, oci::encryption::parse_layer_seal(annotations));
        for (const auto& packet : seal.packets) keys.insert(packet.key_uri);
    }
    return {};
}

/// Of every manifest that the layout's index names, through one index inside of it.
Status add_keys_of(const std::filesystem::path& layout, const std::string& text, int depth, Keys& keys) {
    constexpr int k_deepest = 2;
    RDT_TRY(const auto document, json::parse(layout.native(), text));
    RDT_CHECK(add_keys(document.root(), keys));
    RDT_TRY(const auto manifests, document.root()["manifests"].array_or_empty());
    if (depth == k_deepest && !manifests.empty())
        return fail(Code::invalid_argument, "{}: indexes in indexes", layout.native());
    for (const auto& entry : manifests) {
        RDT_TRY(const auto digest, entry["digest"].string());
        RDT_TRY(const auto inner, read_layout_blob(layout, digest));
        RDT_CHECK(add_keys_of(layout, inner, depth + 1, keys));
    }
    return {};
}

Result<std::map<std::string, Keys>> read_layouts(const std::vector<std::string>& words) {
    std::map<std::string, Keys> found;
    for (const auto& word : words) {
        const auto equals = word.rfind('=');
        if (equals == std::string::npos || equals == 0)
            return fail(Code::invalid_argument, "--image '{}' is not NAME=FOLDER", word);
        const std::filesystem::path layout = word.substr(equals + 1);
        RDT_TRY(const auto index, read_file(layout / "index.json"));
        RDT_CHECK(add_keys_of(layout, index, 0, found[word.substr(0, equals)]));
    }
    return found;
}

/// Where cdh.toml says the signature policy is; empty: nowhere.
Result<std::string> signature_policy(const initdata::Initdata* initdata) {
    if (initdata == nullptr) return std::string();
    RDT_TRY(auto settings, initdata::parse_image_settings(*initdata));
    if (!settings.policy.empty()) return std::string("initdata, cdh.toml");
    return std::move(settings.policy_uri);
}

} // namespace

std::string_view name_of(Authority authority) {
    switch (authority) {
    case Authority::digest: return "digest";
    case Authority::signature: return "signature";
    case Authority::none: return "none";
    }
    return "";
}

Result<std::vector<ExplainedImage>> explain_images(const ManifestPod& pod, const initdata::Initdata* initdata,
                                                   const std::vector<std::string>& layouts) {
    RDT_TRY(const auto keys, read_layouts(layouts));
    RDT_TRY(const auto policy, signature_policy(initdata));
    std::vector<ExplainedImage> out;
    for (const auto& container : pod.containers) {
        ExplainedImage image{
            .container = container.spec.name(), .image = container.spec.image(), .detail = {}, .keys = {}};
        if (const auto at = image.image.find('@'); at != std::string::npos) {
            image.authority = Authority::digest;
            image.detail = image.image.substr(at + 1);
        } else if (!policy.empty()) {
            image.authority = Authority::signature;
            image.detail = policy;
        }
        if (const auto known = keys.find(image.image); known != keys.end())
            image.keys.assign(known->second.begin(), known->second.end());
        out.push_back(std::move(image));
    }
    return out;
}

} // namespace redoubt::ctl

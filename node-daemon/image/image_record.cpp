// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/image_record.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <sstream>

#include "common/encoding/json.hpp"
#include "node-daemon/image/verified_image.hpp"

namespace redoubt::node::image {
namespace {

constexpr std::int64_t k_version = 1;
constexpr json::Limits k_limits{.max_bytes = 64U << 20U, .max_depth = 8};

Status check_text(const json::Node& place, std::string_view bytes, const std::string& digest) {
    RDT_TRY(const auto parsed, crypto::Digest::parse(digest));
    return check_digest(place.path(), bytes, parsed);
}

Status parse_lists(const json::Node& root, StoredImage& image) {
    RDT_TRY(const auto names, root["names"].members_or_empty());
    for (const auto& [name, since] : names) {
        RDT_TRY(image.names[name], since.integer());
    }
    RDT_TRY(const auto layers, root["layers"].array());
    for (const auto& node : layers) {
        StoredLayer layer;
        RDT_TRY(layer.digest, node["digest"].string());
        RDT_TRY(layer.diff_id, node["diff_id"].string());
        RDT_TRY(layer.size_bytes, node["size"].unsigned_integer());
        image.layers.push_back(std::move(layer));
    }
    return {};
}

} // namespace

std::string render_image_record(const StoredImage& image) {
    boost::json::object names;
    for (const auto& [name, since] : image.names) names[name] = since;
    boost::json::array layers;
    for (const auto& layer : image.layers)
        layers.push_back({{"digest", layer.digest}, {"diff_id", layer.diff_id}, {"size", layer.size_bytes}});
    boost::json::object record{{"version", k_version},
                               {"id", image.id},
                               {"manifest_digest", image.manifest_digest},
                               {"platform", image.platform},
                               {"pulled_at", image.pulled_at},
                               {"names", std::move(names)},
                               {"layers", std::move(layers)},
                               {"manifest", image.manifest_json},
                               {"config", image.config_json}};
    if (!image.signatures.empty()) record["signatures"] = image.signatures;
    return boost::json::serialize(record) + "\n";
}

Status set_signatures(StoredImage& image, std::string signatures) {
    image.signatures_digest.clear();
    image.signatures = std::move(signatures);
    if (image.signatures.empty()) return {};
    RDT_TRY(const auto digest, crypto::digest_of(image.signatures));
    image.signatures_digest = digest.str();
    return {};
}

Result<StoredImage> parse_image_record(std::string_view text) {
    RDT_TRY(const auto document, json::parse("image", text, k_limits));
    const auto root = document.root();
    RDT_TRY(const auto version, root["version"].integer());
    if (version != k_version) return root["version"].wrong("not a version this program knows");
    StoredImage image;
    RDT_TRY(image.id, root["id"].string());
    RDT_TRY(image.manifest_digest, root["manifest_digest"].string());
    RDT_TRY(image.platform, root["platform"].string());
    RDT_TRY(image.pulled_at, root["pulled_at"].integer());
    RDT_TRY(image.manifest_json, root["manifest"].string());
    RDT_TRY(image.config_json, root["config"].string());
    RDT_CHECK(check_text(root["manifest"], image.manifest_json, image.manifest_digest));
    RDT_TRY(const auto manifest, oci::parse_manifest(image.manifest_json));
    RDT_TRY(image.config, oci::parse_image_config(image.config_json));
    RDT_CHECK(parse_lists(root, image));
    RDT_TRY(auto signatures, root["signatures"].string_or());
    RDT_CHECK(set_signatures(image, std::move(signatures)));
    image.created_at = parse_rfc3339(image.config.created);
    image.config_digest = manifest.config.digest.str();
    RDT_CHECK(check_text(root["config"], image.config_json, image.config_digest));
    image.is_encrypted = std::ranges::any_of(manifest.layers, oci::is_encrypted);
    if (image.id != (image.is_encrypted ? image.manifest_digest : image.config_digest))
        return root["id"].wrong("not the digest of this image");
    return image;
}

std::int64_t parse_rfc3339(const std::string& text) {
    for (const char* format : {"%FT%TZ", "%FT%T%Ez"}) {
        std::istringstream in(text);
        std::chrono::sys_time<std::chrono::nanoseconds> time;
        if (in >> std::chrono::parse(format, time)) return time.time_since_epoch().count();
    }
    return 0;
}

} // namespace redoubt::node::image

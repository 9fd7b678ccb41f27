// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "common/encoding/json.hpp"
#include "node-daemon/image/import_plan.hpp"

namespace redoubt::node::image {
namespace {

/// One entry of manifest.json.
struct SavedImage {
    std::string config;
    std::vector<std::string> tags;
    std::vector<std::string> layers;
};

Result<std::vector<SavedImage>> parse_saved_images(std::string_view text) {
    RDT_TRY(const auto document, json::parse("manifest.json", text));
    RDT_TRY(const auto entries, document.root().array());
    std::vector<SavedImage> images;
    for (const auto& entry : entries) {
        SavedImage image;
        RDT_TRY(image.config, entry["Config"].string());
        RDT_TRY(image.tags, entry["RepoTags"].strings_or_empty());
        RDT_TRY(image.layers, entry["Layers"].strings());
        if (image.layers.size() > oci::k_max_layers) return entry["Layers"].wrong("too many layers");
        images.push_back(std::move(image));
    }
    if (images.empty()) return fail(Code::invalid_argument, "manifest.json lists no image");
    return images;
}

bool is_tagged(const SavedImage& image, const std::string& wanted) {
    const auto right = canonical_name(wanted, {});
    return std::ranges::any_of(image.tags, [&](const auto& tag) {
        const auto left = canonical_name(tag, {});
        return left && right && *left == *right;
    });
}

Result<SavedImage> choose_saved(const std::vector<SavedImage>& images, const ImportWish& wish) {
    if (images.size() == 1) return images.front();
    const auto found =
        std::ranges::find_if(images, [&](const auto& image) { return is_tagged(image, wish.name); });
    if (!wish.name.empty() && found != images.end()) return *found;
    std::string choices;
    for (const auto& image : images)
        choices += (choices.empty() ? "" : ", ") + (image.tags.empty() ? image.config : image.tags.front());
    return fail(Code::invalid_argument, "several images in the archive, say which by its name: {}", choices);
}

/// The media type by the file's first bytes. Source: RFC 1952 (gzip), RFC 8878 (zstd).
std::string layer_type(std::string_view head) {
    std::string tar = "application/vnd.oci.image.layer.v1.tar";
    if (head.starts_with("\x1f\x8b")) return tar + "+gzip";
    if (head.starts_with("\x28\xb5\x2f\xfd")) return tar + "+zstd";
    return tar;
}

boost::json::object describe(std::string_view type, const crypto::Digest& digest, std::uint64_t size) {
    return {{"mediaType", type}, {"digest", digest.str()}, {"size", size}};
}

Result<boost::json::array> describe_layers(const ArchiveFiles& files, const SavedImage& saved,
                                           const oci::ImageConfig& config) {
    if (saved.layers.size() != config.diff_ids.size())
        return fail(Code::invalid_argument, "manifest.json lists {} layers, the image config {}",
                    saved.layers.size(), config.diff_ids.size());
    boost::json::array layers;
    for (std::size_t i = 0; i < saved.layers.size(); ++i) {
        RDT_TRY(const auto head, files.peek(saved.layers[i], 4));
        RDT_TRY(const auto measured, files.measure(saved.layers[i]));
        const auto type = layer_type(head);
        if (type.ends_with(".tar") && measured.digest != config.diff_ids[i])
            return fail(Code::data_loss, "layer {}: has digest {}, the image config says {}", saved.layers[i],
                        measured.digest.str(), config.diff_ids[i].str());
        layers.push_back(describe(type, measured.digest, measured.size));
    }
    return layers;
}

} // namespace

Result<ImportPlan> plan_docker_archive(const ArchiveFiles& files, const ImportWish& wish) {
    RDT_TRY(const auto text, files.read("manifest.json", oci::k_max_manifest_bytes));
    RDT_TRY(const auto images, parse_saved_images(text));
    RDT_TRY(const auto saved, choose_saved(images, wish));
    RDT_TRY(auto name, canonical_name(wish.name, saved.tags.empty() ? std::string() : saved.tags.front()));
    RDT_TRY(auto config_json, files.read(saved.config, oci::k_max_config_bytes));
    RDT_TRY(const auto config, oci::parse_image_config(config_json));
    RDT_TRY(const auto config_digest, crypto::digest_of(config_json));
    RDT_TRY(auto layers, describe_layers(files, saved, config));
    const boost::json::object manifest{
        {"schemaVersion", 2},
        {"mediaType", oci::k_oci_manifest},
        {"config", describe(oci::k_oci_config, config_digest, config_json.size())},
        {"layers", std::move(layers)}};
    RDT_TRY(auto image,
            make_verified_image(boost::json::serialize(manifest), std::move(config_json), wish.platform));
    return ImportPlan{std::move(name), std::move(image), saved.layers};
}

} // namespace redoubt::node::image

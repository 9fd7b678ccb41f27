// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/verified_image.hpp"

#include <algorithm>

namespace redoubt::node::image {
namespace {

bool is_unknown(const oci::Platform& platform) {
    return platform.os.empty() && platform.architecture.empty();
}

bool is_same_platform(const oci::Platform& have, const oci::Platform& wanted) {
    return is_unknown(have) || (have.os == wanted.os && have.architecture == wanted.architecture);
}

} // namespace

Status check_digest(std::string_view what, std::string_view bytes, const crypto::Digest& digest) {
    RDT_TRY(const auto actual, crypto::digest_of(bytes, digest.algorithm()));
    if (actual != digest)
        return fail(Code::data_loss, "{} has digest {} instead of {}", what, actual.str(), digest.str());
    return {};
}

Result<VerifiedImage> make_verified_image(std::string manifest_json, std::string config_json,
                                          const oci::Platform& wanted) {
    RDT_TRY(auto manifest, oci::parse_manifest(manifest_json));
    RDT_CHECK(check_digest("image config", config_json, manifest.config.digest));
    RDT_TRY(auto config, oci::parse_image_config(config_json));
    RDT_CHECK(oci::check_same_layers(manifest, config));
    if (!is_same_platform(config.platform, wanted))
        return fail(Code::not_found, "the image is for {}, not for {}", config.platform.str(), wanted.str());
    RDT_TRY(const auto digest, crypto::digest_of(manifest_json));
    return VerifiedImage{digest.str(), std::move(manifest_json), std::move(config_json), std::move(manifest),
                         std::move(config)};
}

std::vector<FetchedLayer> list_layers(const VerifiedImage& image) {
    std::vector<FetchedLayer> layers;
    const bool is_for_guest = std::ranges::any_of(image.manifest.layers, oci::is_encrypted);
    for (std::size_t i = 0; i < image.manifest.layers.size(); ++i) {
        const auto& layer = image.manifest.layers[i];
        layers.push_back({layer.digest.str(), image.config.diff_ids[i].str(), layer.size, {}, is_for_guest});
    }
    return layers;
}

FetchedImage make_fetched_image(std::string name, VerifiedImage image, const oci::Platform& wanted,
                                std::vector<FetchedLayer> layers) {
    FetchedImage fetched;
    fetched.name = std::move(name);
    fetched.manifest_digest = std::move(image.manifest_digest);
    fetched.config_digest = image.manifest.config.digest.str();
    fetched.manifest_json = std::move(image.manifest_json);
    fetched.config_json = std::move(image.config_json);
    fetched.platform = is_unknown(image.config.platform) ? wanted.str() : image.config.platform.str();
    fetched.layers = std::move(layers);
    return fetched;
}

} // namespace redoubt::node::image

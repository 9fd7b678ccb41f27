// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/oci/image_config.hpp"
#include "common/oci/manifest.hpp"
#include "node-daemon/image/image_source.hpp"

namespace redoubt::node::image {

/// A manifest and its config, parsed and as the exact bytes whose digests were checked.
struct VerifiedImage {
    std::string manifest_digest;
    std::string manifest_json;
    std::string config_json;
    oci::Manifest manifest;
    oci::ImageConfig config;
};

/// Checks the config's digest and that both belong together. The caller has checked the manifest's digest,
/// where one was known. Errors: data_loss digest mismatch; invalid_argument what is wrong in them; not_found
/// when the image is for another platform than `wanted`.
[[nodiscard]] Result<VerifiedImage> make_verified_image(std::string manifest_json, std::string config_json,
                                                        const oci::Platform& wanted);

/// Fails with data_loss unless `bytes` have this digest; `what` names them in the message.
[[nodiscard]] Status check_digest(std::string_view what, std::string_view bytes,
                                  const crypto::Digest& digest);

/// The image's layers without their blobs, lowest first.
[[nodiscard]] std::vector<FetchedLayer> list_layers(const VerifiedImage& image);

/// What a pull or import hands on.
[[nodiscard]] FetchedImage make_fetched_image(std::string name, VerifiedImage image,
                                              const oci::Platform& wanted, std::vector<FetchedLayer> layers);

} // namespace redoubt::node::image

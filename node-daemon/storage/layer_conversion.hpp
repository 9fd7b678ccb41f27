// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"
#include "common/oci/layer_tar.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::storage {

inline constexpr std::string_view k_conversion = "redoubt-erofs-1";
inline constexpr std::string_view k_image_name = "layer.img";
inline constexpr std::string_view k_record_name = "layer.json";

struct LayerConversion {
    std::filesystem::path blob;
    crypto::Digest diff_id; ///< sha256
    oci::LayerTarLimits limits;
    std::filesystem::path scratch; ///< exists, empty; afterwards it has layer.img and layer.json
    std::function<void(std::uint64_t)> progress; ///< called on this thread with the compressed bytes read
};

/// Converts a layer by redoubt-erofs-1 into `scratch`, synced to the disk. Blocking.
/// Errors: see LayerStore::convert.
[[nodiscard]] Result<launch::LayerDisk> convert_layer(const LayerConversion& conversion);

/// The record beside an image, docs/formats/redoubt-erofs-1.md "layer.json".
[[nodiscard]] std::string render_layer_record(const launch::LayerDisk& disk, const crypto::Digest& diff_id);
/// Errors: invalid_argument naming the member; failed_precondition for another conversion or version.
[[nodiscard]] Result<launch::LayerDisk> parse_layer_record(std::string_view text,
                                                           const crypto::Digest& diff_id);

} // namespace redoubt::node::storage

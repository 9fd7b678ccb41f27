// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node-daemon/launch/plan.hpp"

namespace redoubt::node::launch {

/// The lun of the disk that a guest unpacks an image to: below those of volumes, above all blobs'.
inline constexpr std::uint32_t k_scratch_lun = 127;
/// What the guest takes.
inline constexpr std::size_t k_max_blob_layers = 120;

/// Fails with invalid_argument unless a guest can take it.
[[nodiscard]] Status check_guest_image(const GuestImage& image);

/// The image's blobs as disks: layers from lun 0, lowest first, then manifest, config and signatures.
[[nodiscard]] std::vector<DiskSpec> guest_image_disks(const GuestImage& image, const std::string& prefix,
                                                      std::uint32_t target);
/// The disk it is unpacked to.
[[nodiscard]] DiskSpec guest_scratch_disk(const GuestImage& image, const std::string& prefix,
                                          std::uint32_t target);
/// The one storage that asks the guest for it, in the form of Kata's guest pull; the disks are hints.
/// Shape: docs/formats/encrypted-images.md, "The request".
[[nodiscard]] GuestStorage guest_image_storage(const GuestImage& image, std::uint32_t target,
                                               const std::string& folder);

} // namespace redoubt::node::launch

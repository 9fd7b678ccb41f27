// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::guest::image {

/// The storage driver that asks for it: Kata's name for an image that the guest brings itself.
inline constexpr const char* k_pull_driver = "image_guest_pull";

/// Images with more layers are not made; the node has no more places for disks either.
inline constexpr std::size_t k_max_pulled_layers = 120;

/// What a storage of the driver image_guest_pull asks for. The reference is what a policy has decided on; the
/// disks are the host's hints where the bytes are, which are checked by the reference's digest. Shape:
/// docs/formats/encrypted-images.md, "The request".
struct PullRequest {
    std::string reference; ///< "registry.example/team/app@sha256:..."
    /// Of the reference. None: only a signature can say which image it may be.
    std::optional<crypto::Digest> manifest_digest;
    std::string manifest_disk; ///< SCSI addresses, "target:lun"
    std::uint64_t manifest_size = 0;
    std::string config_disk;
    std::vector<std::string> layer_disks; ///< lowest first
    std::string scratch_disk;             ///< to be overwritten
    std::string signatures_disk;          ///< empty: there are none
    std::uint64_t signatures_size = 0;
};

/// Reads a storage's source and driver options. Errors: invalid_argument naming the field; unimplemented no
/// disks: there is no client of registries in the guest.
[[nodiscard]] Result<PullRequest> parse_pull_request(const std::string& source,
                                                     const std::vector<std::string>& driver_options);

} // namespace redoubt::guest::image

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "guest-image/agent/mount/device_mapper.hpp"
#include "guest-image/agent/mount/verity_superblock.hpp"

namespace redoubt::guest::mount {

/// What a storage says of its disk's integrity, before the disk is looked at.
struct VerityRequest {
    std::string root_hash;
    std::optional<std::string> salt;
    std::optional<std::uint64_t> data_blocks;
    std::optional<std::uint64_t> hash_offset; ///< bytes from the disk's beginning
    std::optional<std::uint32_t> data_block_size, hash_block_size;
};

/// Takes the words of both dialects out of a storage's option lists: this project's verity_root_hash,
/// verity_salt, verity_data_blocks (all three; driver options) and Kata's X-kata.dmverity* (options). Nothing
/// when there are none. Errors: invalid_argument, also for half of a request: a disk that was to be checked
/// is never mounted unchecked.
[[nodiscard]] Result<std::optional<VerityRequest>> take_verity(std::vector<std::string>& driver_options,
                                                               std::vector<std::string>& options);

/// The whole target: what the request leaves open comes from the superblock, if there is one, else it is the
/// usual. Errors: invalid_argument when they contradict each other or say too little.
[[nodiscard]] Result<VerityTarget> complete_verity(const VerityRequest& request, std::string device,
                                                   const std::optional<VeritySuperblock>& superblock);

} // namespace redoubt::guest::mount

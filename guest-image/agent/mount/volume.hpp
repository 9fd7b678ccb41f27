// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// How full a filesystem is.
struct VolumeUsage {
    struct Part {
        std::uint64_t total = 0;
        std::uint64_t available = 0; ///< to processes that are not root
        std::uint64_t used = 0;
    };
    Part bytes, inodes;
};

/// Of the filesystem at `place`, any descriptor.
[[nodiscard]] Result<VolumeUsage> volume_usage(int place);

/// Makes the ext4 filesystem at `folder` larger, while it is in use, after its disk has grown: to `size`
/// bytes, or to the whole disk for 0. Errors: failed_precondition for another filesystem; out_of_range for a
/// size below the present one or above the disk's.
[[nodiscard]] Status grow_volume(int folder, std::uint64_t size, const std::filesystem::path& sysfs = "/sys");

/// Lets the kernel swap to a disk that carries a swap area. Errors: failed_precondition when the kernel has
/// no swap; invalid_argument when the disk has no swap area.
[[nodiscard]] Status add_swap(const std::string& device);

} // namespace redoubt::guest::mount

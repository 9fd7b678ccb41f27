// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// device-mapper by its ioctl interface; no library of it is static. Source: linux/dm-ioctl.h,
/// Documentation/admin-guide/device-mapper/verity.rst.

#include <cstdint>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// What a verity disk is checked against. The data begin at block 0; the hash is SHA-256.
struct VerityTarget {
    std::string device;    ///< /dev/sda
    std::string root_hash; ///< 64 hex digits
    std::string salt;      ///< hex, up to 512 digits; may be empty
    std::uint64_t data_blocks = 0;
    std::uint32_t data_block_size = 4096; ///< bytes
    std::uint32_t hash_block_size = 4096; ///< bytes
    /// The hash block at which the tree begins. 0: right behind the data, without a superblock.
    std::uint64_t hash_start = 0;
};

/// Checks the words before they reach the kernel's table. Errors: invalid_argument naming the field.
[[nodiscard]] Status check_verity_target(const VerityTarget& target);

/// The kernel's table line for it. Pure.
[[nodiscard]] std::string render_verity_table(const VerityTarget& target);

/// Makes a read-only device of that name; returns its node, /dev/dm-N. A block that does not match its hash
/// reads as an I/O error.
[[nodiscard]] Result<std::string> create_verity_device(const std::string& name, const VerityTarget& target);

/// A device of one target over all of it.
struct MappedDevice {
    std::string name;
    std::string target; ///< "crypt"
    std::string table;  ///< the target's own words; may hold a key, which is not kept
    std::uint64_t sectors = 0;
    bool is_read_only = false;
};
/// Makes the device and starts it; returns its node, /dev/dm-N. Nothing is left when it fails.
[[nodiscard]] Result<std::string> create_device(const MappedDevice& device);

/// Errors: failed_precondition while it is in use.
[[nodiscard]] Status remove_device(const std::string& name);

} // namespace redoubt::guest::mount

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// An empty ext4 filesystem, for a disk that only this guest can make sense of: no program is in the guest
/// that makes one. What is not written needs no reading: the kernel takes groups and tables of inodes that
/// are marked unused for empty. Source: Linux Documentation/filesystems/ext4, its journal too.

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

inline constexpr std::uint32_t k_ext4_block = 4096;

enum class Ext4Journal : std::uint8_t {
    none, ///< nothing of it is to outlive the guest
    kept, ///< of 4 MiB, written whole: after a crash the kernel reads on until it finds no more
};

/// What is drawn by lot.
struct Ext4Identity {
    std::array<char, 16> uuid{};
    std::array<char, 16> hash_seed{};
    std::uint32_t made_at = 0; ///< seconds since the Unix epoch
};

/// The blocks that have to be written, by number, each of k_ext4_block bytes: a filesystem whose root holds
/// an empty folder `folder`. Pure. Errors: invalid_argument a disk below 1 MiB, or too small for what was
/// asked for, or from 16 TiB on.
[[nodiscard]] Result<std::map<std::uint64_t, std::string>> make_ext4(std::uint64_t disk_bytes,
                                                                     const Ext4Identity& identity,
                                                                     const std::string& folder,
                                                                     Ext4Journal journal = Ext4Journal::none);

} // namespace redoubt::guest::mount

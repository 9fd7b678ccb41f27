// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::node::storage {

inline constexpr std::uint64_t k_verity_block = 4096;

struct VerityTree {
    std::string root_hash; ///< raw, 32 bytes
    std::uint64_t data_blocks = 0;
    std::uint64_t size_bytes = 0; ///< of data and tree
};

/// Appends the dm-verity hash tree of a file's content to the file: SHA-256, 4096-byte blocks, format 1, no
/// superblock. The same as `veritysetup format --no-superblock --hash-offset=<size>`. Blocking. Errors:
/// invalid_argument when the size is not a positive multiple of 4096. Source: Linux
/// Documentation/admin-guide/device-mapper/verity.rst.
[[nodiscard]] Result<VerityTree> append_verity_tree(int fd, std::uint64_t data_bytes, std::string_view salt);

} // namespace redoubt::node::storage

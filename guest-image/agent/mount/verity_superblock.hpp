// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// What stands before a hash tree that was written by veritysetup. It is not authenticated and need not be: a
/// device made from a false one does not give the root hash that was asked for.
/// Source: cryptsetup, docs/on-disk-format-dmverity.txt.
struct VeritySuperblock {
    std::uint32_t data_block_size = 0;
    std::uint32_t hash_block_size = 0;
    std::uint64_t data_blocks = 0;
    std::string salt; ///< hex
};

constexpr std::size_t k_verity_superblock_size = 512;

/// Nothing when `bytes` do not begin with the mark of a superblock. Errors: invalid_argument for one that
/// this agent cannot use (other than version 1, hash type 1, sha256).
[[nodiscard]] Result<std::optional<VeritySuperblock>> parse_verity_superblock(std::string_view bytes);

} // namespace redoubt::guest::mount

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/verity_superblock.hpp"

#include <format>

#include "common/base/little_endian.hpp"

namespace redoubt::guest::mount {

namespace {

// "verity" and two NUL bytes, at offset 0.
constexpr std::string_view k_mark("verity\0\0", 8);
constexpr std::size_t k_algorithm = 32;
constexpr std::size_t k_algorithm_size = 32;
constexpr std::size_t k_salt_size = 80;
constexpr std::size_t k_salt = 88;
constexpr std::size_t k_max_salt = 256;

} // namespace

Result<std::optional<VeritySuperblock>> parse_verity_superblock(std::string_view bytes) {
    if (bytes.size() < k_verity_superblock_size || !bytes.starts_with(k_mark))
        return std::optional<VeritySuperblock>{};
    const auto version = little_endian_at<std::uint32_t>(bytes, 8);
    const auto hash_type = little_endian_at<std::uint32_t>(bytes, 12);
    if (version != 1 || hash_type != 1)
        return fail(Code::invalid_argument, "verity superblock: version {} and hash type {} are not 1 and 1",
                    version, hash_type);
    auto algorithm = bytes.substr(k_algorithm, k_algorithm_size);
    algorithm = algorithm.substr(0, algorithm.find('\0'));
    if (algorithm != "sha256")
        return fail(Code::invalid_argument, "verity superblock: the algorithm is not sha256");
    VeritySuperblock found;
    found.data_block_size = little_endian_at<std::uint32_t>(bytes, 64);
    found.hash_block_size = little_endian_at<std::uint32_t>(bytes, 68);
    found.data_blocks = little_endian_at<std::uint64_t>(bytes, 72);
    const auto salt_size = little_endian_at<std::uint16_t>(bytes, k_salt_size);
    if (salt_size > k_max_salt)
        return fail(Code::invalid_argument, "verity superblock: a salt of {} bytes", salt_size);
    for (const char byte : bytes.substr(k_salt, salt_size))
        found.salt += std::format("{:02x}", static_cast<unsigned char>(byte));
    return found;
}

} // namespace redoubt::guest::mount

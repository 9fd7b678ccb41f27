// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/verity_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "common/crypto/digest.hpp"

namespace redoubt::node::storage {
namespace {

constexpr std::uint64_t k_digests_a_block = k_verity_block / 32;

/// Blocks of the file; the tree's levels are listed lowest first.
struct Extent {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

/// The highest level, one block, comes first in the file and the lowest last.
std::vector<Extent> lay_out(std::uint64_t data_blocks) {
    std::vector<Extent> levels;
    for (auto below = data_blocks; below > 1;) {
        below = (below + k_digests_a_block - 1) / k_digests_a_block;
        levels.push_back({0, below});
    }
    auto position = data_blocks;
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
        level->first = position;
        position += level->count;
    }
    return levels;
}

Status read_at(int fd, std::string& buffer, std::uint64_t offset) {
    for (std::size_t done = 0; done < buffer.size();) {
        const auto count =
            ::pread(fd, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read");
        if (count == 0) return fail(Code::internal, "the file became shorter while it was read");
        done += static_cast<std::size_t>(count);
    }
    return {};
}

Status write_at(int fd, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const auto count = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "write");
        bytes.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

class TreeBuilder {
  public:
    TreeBuilder(int fd, std::string_view salt, crypto::Hasher hasher)
        : fd_(fd), salt_(salt), hasher_(std::move(hasher)) {}

    Result<std::string> hash_block(std::string_view block) {
        RDT_CHECK(hasher_.update(salt_));
        RDT_CHECK(hasher_.update(block));
        return hasher_.finish_raw();
    }

    Result<std::string> hash_block_at(std::uint64_t number) {
        std::string block(k_verity_block, '\0');
        RDT_CHECK(read_at(fd_, block, number * k_verity_block));
        return hash_block(block);
    }

    /// Writes the level `to`, which holds the digests of the blocks `from`.
    Status build_level(Extent from, Extent to) {
        std::string input;
        for (std::uint64_t number = 0; number < to.count; ++number) {
            const auto done = number * k_digests_a_block;
            input.resize(std::min(k_digests_a_block, from.count - done) * k_verity_block);
            RDT_CHECK(read_at(fd_, input, (from.first + done) * k_verity_block));
            std::string digests;
            for (std::size_t at = 0; at < input.size(); at += k_verity_block) {
                RDT_TRY(const auto digest, hash_block(std::string_view(input).substr(at, k_verity_block)));
                digests += digest;
            }
            digests.resize(k_verity_block, '\0');
            RDT_CHECK(write_at(fd_, digests, (to.first + number) * k_verity_block));
        }
        return {};
    }

  private:
    int fd_;
    std::string_view salt_;
    crypto::Hasher hasher_;
};

} // namespace

Result<VerityTree> append_verity_tree(int fd, std::uint64_t data_bytes, std::string_view salt) {
    if (data_bytes == 0 || data_bytes % k_verity_block != 0)
        return fail(Code::invalid_argument, "verity: {} bytes are not a positive multiple of {}", data_bytes,
                    k_verity_block);
    RDT_TRY(auto hasher, crypto::Hasher::make());
    TreeBuilder builder(fd, salt, std::move(hasher));
    Extent below{0, data_bytes / k_verity_block};
    std::uint64_t blocks = below.count;
    for (const auto& level : lay_out(below.count)) {
        RDT_CHECK(builder.build_level(below, level));
        below = level;
        blocks += level.count;
    }
    RDT_TRY(auto root, builder.hash_block_at(below.first));
    return VerityTree{std::move(root), data_bytes / k_verity_block, blocks * k_verity_block};
}

} // namespace redoubt::node::storage

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::guest::image {

/// A blob as the host hands it over: the first bytes of a disk, which it may change at any time. So each byte
/// is read once, and counts by what was hashed. Blocks.
class DiskBlob {
  public:
    DiskBlob(UniqueFd disk, std::uint64_t size);

    /// The next piece, to be changed as the caller likes, until the next call; empty at the end. Errors:
    /// data_loss the disk is shorter than the blob; by errno.
    Result<std::span<char>> read();
    [[nodiscard]] std::uint64_t size() const { return size_; }

  private:
    UniqueFd disk_;
    std::uint64_t size_;
    std::uint64_t place_ = 0;
    std::string buffer_;
};

/// A small blob as a whole, which may be anything: `what` names it in messages. Errors: data_loss the disk is
/// too short; resource_exhausted more than `most` bytes.
[[nodiscard]] Result<std::string> read_unchecked(std::string_view what, UniqueFd disk, std::uint64_t size,
                                                 std::uint64_t most);
/// A small blob as a whole, if it has that digest. `what` names it in messages: "manifest".
/// Errors: data_loss it has not, or the disk is too short; resource_exhausted more than `most` bytes.
[[nodiscard]] Result<std::string> read_document(std::string_view what, UniqueFd disk, std::uint64_t size,
                                                std::uint64_t most, const crypto::Digest& digest);

} // namespace redoubt::guest::image

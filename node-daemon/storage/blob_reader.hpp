// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/archive/decoder.hpp"
#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::node::storage {

/// A layer blob read as its uncompressed bytes: plain, gzip (of any number of members) or zstd (of any number
/// of frames), told by the first bytes. Blocking.
class BlobReader {
  public:
    [[nodiscard]] static Result<BlobReader> open(const std::filesystem::path& blob);

    /// The next bytes, valid until the next call; empty at the end.
    /// Errors: data_loss when the compressed stream is damaged or ends early.
    Result<std::string_view> read();
    /// Compressed bytes read so far.
    [[nodiscard]] std::uint64_t consumed() const { return consumed_; }

  private:
    explicit BlobReader(UniqueFd file);
    Result<std::string_view> next_piece();

    UniqueFd file_;
    std::string input_; ///< stays where it is: a BlobReader moves with its heap buffer
    archive::DecodedStream stream_;
    std::uint64_t consumed_ = 0;
};

} // namespace redoubt::node::storage

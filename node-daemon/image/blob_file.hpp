// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::node::image {

/// Where a blob lies: <directory>/sha256/<hex>.
[[nodiscard]] std::filesystem::path blob_path(const std::filesystem::path& directory,
                                              const crypto::Digest& digest);

/// True when the blob is there, whole and with its digest; a wrong one is deleted. Lets other work run
/// between reads.
Task<bool> has_blob(std::filesystem::path directory, crypto::Digest digest, std::uint64_t size);

/// Deletes blobs, whole and partial, that nobody has touched for so long: a pull that was to go on with them
/// has not come. Blocking; for the start of the daemon.
void remove_stale_blobs(const std::filesystem::path& directory, std::chrono::hours age);

/// A blob being written: <hex>.part, hashed as it grows, renamed to <hex> when its digest is right. What a
/// broken transfer left is kept and hashed by the next open(), so that the transfer can go on behind it. One
/// writer at a time: the file is locked. Thread: one strand.
class BlobFile {
  public:
    /// Nothing while another writer has it. Errors: by errno, naming the path.
    static Task<std::optional<BlobFile>> open(std::filesystem::path directory, crypto::Digest digest,
                                              std::uint64_t size);

    /// Bytes there so far.
    [[nodiscard]] std::uint64_t size() const { return written_; }
    [[nodiscard]] std::uint64_t wanted_size() const { return wanted_size_; }

    /// Errors: data_loss more bytes than the blob has; resource_exhausted no space (the file is then
    /// deleted).
    Status append(std::string_view bytes);
    /// Starts again with nothing.
    Status restart();
    /// Checks size and digest and gives the file its name. Errors: data_loss; the file is then deleted.
    Result<std::filesystem::path> finish();
    /// Deletes the file.
    void discard();

  private:
    BlobFile(std::filesystem::path path, UniqueFd fd, crypto::Digest digest, std::uint64_t size,
             crypto::Hasher hasher);
    Task<> hash_what_is_there();

    std::filesystem::path path_; ///< of the finished blob
    std::filesystem::path part_;
    UniqueFd fd_;
    crypto::Digest digest_;
    std::uint64_t wanted_size_;
    std::uint64_t written_ = 0;
    crypto::Hasher hasher_;
};

} // namespace redoubt::node::image

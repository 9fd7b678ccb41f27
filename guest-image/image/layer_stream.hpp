// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/archive/decoder.hpp"
#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/encryption/layer_cipher.hpp"
#include "common/oci/manifest.hpp"
#include "guest-image/image/disk_blob.hpp"

namespace redoubt::guest::image {

/// Brings one layer's blob from the host's disk to a file that the host cannot change, decrypted where it is
/// encrypted. Nothing of the file is to be looked at before step() has said that all of it is right. Blocks,
/// for a piece at a time.
class LayerCopy {
  public:
    /// `spool`: an empty file, borrowed. Without `decryptor` the layer is taken as it is.
    [[nodiscard]] static Result<LayerCopy> begin(const oci::Descriptor& layer, UniqueFd disk, int spool,
                                                 std::optional<oci::encryption::LayerDecryptor> decryptor);

    /// Copies one piece; true at the end, when digest and HMAC have been found right. Errors: data_loss they
    /// are not, or the disk is too short; resource_exhausted no space; by errno.
    Result<bool> step();

  private:
    LayerCopy(DiskBlob blob, crypto::Digest digest, crypto::Hasher hasher, int spool,
              std::optional<oci::encryption::LayerDecryptor> decryptor)
        : blob_(std::move(blob)), digest_(std::move(digest)), hasher_(std::move(hasher)), spool_(spool),
          decryptor_(std::move(decryptor)) {}
    Status check();

    DiskBlob blob_;
    crypto::Digest digest_;
    crypto::Hasher hasher_;
    int spool_;
    std::optional<oci::encryption::LayerDecryptor> decryptor_;
};

/// The tar of a layer that has been copied, piece by piece: its compression is told by its first bytes.
class LayerStream {
  public:
    /// From the file's beginning; borrows it.
    explicit LayerStream(int spool);

    /// The next bytes, until the next call; empty at the end. Errors: data_loss a damaged stream;
    /// resource_exhausted more than `most` bytes in all.
    Result<std::string_view> read(std::uint64_t most);
    [[nodiscard]] std::uint64_t produced() const { return produced_; }

  private:
    Result<std::string_view> next_piece();

    int spool_;
    std::uint64_t place_ = 0;
    std::uint64_t produced_ = 0;
    std::string input_;
    archive::DecodedStream stream_;
};

} // namespace redoubt::guest::image

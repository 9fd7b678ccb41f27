// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <memory>
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

/// Brings one layer's blob from the host's disk, as it is, to a file that the host cannot change. Nothing of
/// the file is to be looked at before step() has said that all of it is right. Blocks, for a piece at a time.
class LayerCopy {
  public:
    /// `spool`: an empty file, borrowed.
    [[nodiscard]] static Result<LayerCopy> begin(const oci::Descriptor& layer, UniqueFd disk, int spool);

    /// Copies one piece; true at the end, when the digest has been found right. Errors: data_loss it is not,
    /// or the disk is too short; resource_exhausted no space; by errno.
    Result<bool> step();

  private:
    LayerCopy(DiskBlob blob, crypto::Digest digest, crypto::Hasher hasher, int spool)
        : blob_(std::move(blob)), digest_(std::move(digest)), hasher_(std::move(hasher)), spool_(spool) {}

    DiskBlob blob_;
    crypto::Digest digest_;
    crypto::Hasher hasher_;
    int spool_;
};

/// Decrypts a layer that has been copied, in its file: it is copied before anybody is asked for its key.
/// Nothing of the file is to be looked at before step() has said that all of it is right. Blocks, for a piece
/// at a time.
class LayerDecryption {
  public:
    /// Borrows `spool`.
    LayerDecryption(int spool, oci::encryption::LayerDecryptor decryptor);

    /// Decrypts one piece; true at the end, when the HMAC has been found right. Errors: data_loss it is not;
    /// by errno.
    Result<bool> step();

  private:
    int spool_;
    std::uint64_t place_ = 0;
    std::string buffer_;
    oci::encryption::LayerDecryptor decryptor_;
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

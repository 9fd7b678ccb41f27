// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/layer_stream.hpp"

#include <unistd.h>

#include <cerrno>
#include <span>

#include "common/base/file.hpp"

namespace redoubt::guest::image {
namespace {

constexpr std::size_t k_piece = 128U << 10U;

/// What a file has at `place`, into `buffer`; empty at its end.
Result<std::span<char>> read_at(int file, std::uint64_t place, std::string& buffer) {
    for (;;) {
        const auto count = ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(place));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read the scratch disk");
        return std::span(buffer).first(static_cast<std::size_t>(count));
    }
}

Status write_at(int file, std::uint64_t place, std::span<const char> bytes) {
    while (!bytes.empty()) {
        const auto count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(place));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "write the scratch disk");
        place += static_cast<std::uint64_t>(count);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

} // namespace

Result<LayerCopy> LayerCopy::begin(const oci::Descriptor& layer, UniqueFd disk, int spool) {
    RDT_TRY(auto hasher, crypto::Hasher::make(layer.digest.algorithm()));
    return LayerCopy(DiskBlob(std::move(disk), layer.size), layer.digest, std::move(hasher), spool);
}

Result<bool> LayerCopy::step() {
    RDT_TRY(const auto piece, blob_.read());
    if (piece.empty()) {
        RDT_TRY(const auto found, hasher_.finish());
        if (found == digest_) return true;
        return fail(Code::data_loss, "its disk holds {}, not {}", found.str(), digest_.str());
    }
    RDT_CHECK(hasher_.update({piece.data(), piece.size()}));
    RDT_CHECK(write_all(spool_, {piece.data(), piece.size()}).transform_error(context("scratch disk")));
    return false;
}

LayerDecryption::LayerDecryption(int spool, oci::encryption::LayerDecryptor decryptor)
    : spool_(spool), buffer_(k_piece, '\0'), decryptor_(std::move(decryptor)) {}

Result<bool> LayerDecryption::step() {
    RDT_TRY(const auto piece, read_at(spool_, place_, buffer_));
    if (piece.empty()) {
        RDT_CHECK(decryptor_.finish());
        return true;
    }
    RDT_CHECK(decryptor_.decrypt(piece));
    RDT_CHECK(write_at(spool_, place_, piece));
    place_ += piece.size();
    return false;
}

LayerStream::LayerStream(int spool) : spool_(spool), input_(k_piece, '\0'), stream_(k_piece) {}

Result<std::string_view> LayerStream::next_piece() {
    RDT_TRY(const auto piece, read_at(spool_, place_, input_));
    place_ += piece.size();
    return std::string_view(piece.data(), piece.size());
}

Result<std::string_view> LayerStream::read(std::uint64_t most) {
    RDT_TRY(const auto bytes, stream_.read([this] { return next_piece(); }));
    produced_ += bytes.size();
    if (produced_ > most) return fail(Code::resource_exhausted, "more than {} bytes when uncompressed", most);
    return bytes;
}

} // namespace redoubt::guest::image

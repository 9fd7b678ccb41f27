// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/layer_stream.hpp"

#include <unistd.h>

#include <cerrno>

#include "common/base/file.hpp"

namespace redoubt::guest::image {
namespace {

constexpr std::size_t k_piece = 128U << 10U;

} // namespace

Result<LayerCopy> LayerCopy::begin(const oci::Descriptor& layer, UniqueFd disk, int spool,
                                   std::optional<oci::encryption::LayerDecryptor> decryptor) {
    RDT_TRY(auto hasher, crypto::Hasher::make(layer.digest.algorithm()));
    return LayerCopy(DiskBlob(std::move(disk), layer.size), layer.digest, std::move(hasher), spool,
                     std::move(decryptor));
}

Result<bool> LayerCopy::step() {
    RDT_TRY(const auto piece, blob_.read());
    if (piece.empty()) {
        RDT_CHECK(check());
        return true;
    }
    RDT_CHECK(hasher_.update({piece.data(), piece.size()}));
    if (decryptor_) RDT_CHECK(decryptor_->decrypt(piece));
    RDT_CHECK(write_all(spool_, {piece.data(), piece.size()}).transform_error(context("scratch disk")));
    return false;
}

Status LayerCopy::check() {
    RDT_TRY(const auto found, hasher_.finish());
    if (found != digest_)
        return fail(Code::data_loss, "its disk holds {}, not {}", found.str(), digest_.str());
    return decryptor_ ? decryptor_->finish().transform_error(context("decrypt")) : Status();
}

LayerStream::LayerStream(int spool) : spool_(spool), input_(k_piece, '\0'), stream_(k_piece) {}

Result<std::string_view> LayerStream::next_piece() {
    for (;;) {
        const auto count = ::pread(spool_, input_.data(), input_.size(), static_cast<off_t>(place_));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read the scratch disk");
        place_ += static_cast<std::uint64_t>(count);
        return std::string_view(input_).substr(0, static_cast<std::size_t>(count));
    }
}

Result<std::string_view> LayerStream::read(std::uint64_t most) {
    RDT_TRY(const auto bytes, stream_.read([this] { return next_piece(); }));
    produced_ += bytes.size();
    if (produced_ > most) return fail(Code::resource_exhausted, "more than {} bytes when uncompressed", most);
    return bytes;
}

} // namespace redoubt::guest::image

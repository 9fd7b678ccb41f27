// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/disk_blob.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace redoubt::guest::image {
namespace {

constexpr std::size_t k_piece = 256U << 10U;

} // namespace

DiskBlob::DiskBlob(UniqueFd disk, std::uint64_t size)
    : disk_(std::move(disk)), size_(size), buffer_(std::min<std::uint64_t>(size, k_piece), '\0') {}

Result<std::span<char>> DiskBlob::read() {
    const auto wanted = std::min<std::uint64_t>(size_ - place_, buffer_.size());
    if (wanted == 0) return std::span<char>();
    for (;;) {
        const auto count = ::pread(disk_.get(), buffer_.data(), wanted, static_cast<off_t>(place_));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read its disk at {}", place_);
        if (count == 0) return fail(Code::data_loss, "its disk ends after {} of {} bytes", place_, size_);
        place_ += static_cast<std::uint64_t>(count);
        return std::span(buffer_).first(static_cast<std::size_t>(count));
    }
}

Result<std::string> read_unchecked(std::string_view what, UniqueFd disk, std::uint64_t size,
                                   std::uint64_t most) {
    const auto read = [&]() -> Result<std::string> {
        if (size > most)
            return fail(Code::resource_exhausted, "{} bytes, at most {} are allowed", size, most);
        DiskBlob blob(std::move(disk), size);
        std::string bytes;
        bytes.reserve(size);
        for (;;) {
            RDT_TRY(const auto piece, blob.read());
            if (piece.empty()) break;
            bytes.append(piece.data(), piece.size());
        }
        return bytes;
    };
    return read().transform_error(context("{}", what));
}

Result<std::string> read_document(std::string_view what, UniqueFd disk, std::uint64_t size,
                                  std::uint64_t most, const crypto::Digest& digest) {
    RDT_TRY(auto bytes, read_unchecked(what, std::move(disk), size, most));
    RDT_TRY(const auto found, crypto::digest_of(bytes, digest.algorithm()));
    if (found == digest) return bytes;
    return fail(Code::data_loss, "{}: its disk holds {}, not {}", what, found.str(), digest.str());
}

} // namespace redoubt::guest::image

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/blob_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/file.hpp"

namespace redoubt::node::storage {
namespace {

constexpr std::size_t k_buffer_bytes = 256U << 10U;

} // namespace

BlobReader::BlobReader(UniqueFd file)
    : file_(std::move(file)), input_(k_buffer_bytes, '\0'), stream_(k_buffer_bytes) {}

Result<BlobReader> BlobReader::open(const std::filesystem::path& blob) {
    RDT_TRY(auto file, open_file(blob, O_RDONLY));
    BlobReader reader(std::move(file));
    RDT_CHECK(reader.stream_.begin([&reader] { return reader.next_piece(); })
                  .transform_error(context("{}", blob.native())));
    return reader;
}

Result<std::string_view> BlobReader::next_piece() {
    for (;;) {
        const auto count = ::read(file_.get(), input_.data(), input_.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read");
        consumed_ += static_cast<std::uint64_t>(count);
        return std::string_view(input_).substr(0, static_cast<std::size_t>(count));
    }
}

Result<std::string_view> BlobReader::read() {
    return stream_.read([this] { return next_piece(); });
}

} // namespace redoubt::node::storage

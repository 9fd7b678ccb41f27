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
    : file_(std::move(file)), input_(k_buffer_bytes, '\0'), output_(k_buffer_bytes, '\0') {}

Result<BlobReader> BlobReader::open(const std::filesystem::path& blob) {
    RDT_TRY(auto file, open_file(blob, O_RDONLY));
    BlobReader reader(std::move(file));
    RDT_CHECK(reader.refill().transform_error(context("{}", blob.native())));
    reader.decoder_ = archive::make_decoder(archive::compression_of(reader.rest_));
    return reader;
}

Status BlobReader::refill() {
    for (;;) {
        const auto count = ::read(file_.get(), input_.data(), input_.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read");
        rest_ = std::string_view(input_).substr(0, static_cast<std::size_t>(count));
        consumed_ += rest_.size();
        is_at_end_ = count == 0;
        return {};
    }
}

Result<std::string_view> BlobReader::read() {
    for (;;) {
        if (rest_.empty() && !is_at_end_) RDT_CHECK(refill());
        RDT_TRY(const auto step, decoder_->decode(rest_, output_));
        rest_.remove_prefix(step.consumed);
        if (step.produced > 0) return std::string_view(output_).substr(0, step.produced);
        if (rest_.empty() && is_at_end_) {
            RDT_CHECK(decoder_->finish());
            return std::string_view();
        }
        if (step.consumed == 0 && !rest_.empty())
            return fail(Code::data_loss, "the compressed stream makes no progress");
    }
}

} // namespace redoubt::node::storage

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/initdata/gzip.hpp"

#include <limits>

#include <zlib.h>

namespace redoubt::initdata {
namespace {

constexpr int k_gzip_window = 15 + 16; // 16: gzip's frame, not zlib's

/// zlib does not write to its input, but its C interface does not say so.
void give_input(z_stream& stream, std::string_view bytes) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
}

void give_output(z_stream& stream, std::string& out) {
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
}

Status check_size(std::string_view bytes) {
    if (bytes.size() < std::numeric_limits<uInt>::max()) return {};
    return fail(Code::resource_exhausted, "gzip: {} bytes", bytes.size());
}

} // namespace

Result<std::string> compress(std::string_view bytes) {
    RDT_CHECK(check_size(bytes));
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, k_gzip_window, /*memLevel=*/8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return fail(Code::resource_exhausted, "gzip: no memory to compress");
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    give_input(stream, bytes);
    give_output(stream, out);
    const int outcome = deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    if (outcome != Z_STREAM_END) return fail(Code::internal, "gzip: compressing ended with {}", outcome);
    return out;
}

Result<std::string> decompress(std::string_view bytes, std::size_t limit) {
    RDT_CHECK(check_size(bytes));
    z_stream stream{};
    if (inflateInit2(&stream, k_gzip_window) != Z_OK)
        return fail(Code::resource_exhausted, "gzip: no memory to decompress");
    std::string out(limit + 1, '\0'); // the one more tells too much from just enough
    give_input(stream, bytes);
    give_output(stream, out);
    const int outcome = inflate(&stream, Z_FINISH);
    const auto made = out.size() - stream.avail_out;
    const auto left = stream.avail_in;
    inflateEnd(&stream);
    if (made > limit) return fail(Code::resource_exhausted, "gzip: holds more than {} bytes", limit);
    if (outcome == Z_BUF_ERROR) return fail(Code::invalid_argument, "gzip: cut short");
    if (outcome != Z_STREAM_END) return fail(Code::invalid_argument, "gzip: damaged, or no gzip");
    if (left > 0) return fail(Code::invalid_argument, "gzip: {} foreign bytes behind it", left);
    out.resize(made);
    return out;
}

} // namespace redoubt::initdata

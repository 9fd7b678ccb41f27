// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// What a broken or hostile registry may answer: nothing crashes the reader, and how the bytes are cut does
// not matter.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "common/http/response_reader.hpp"

namespace {

std::optional<redoubt::http::Response> read(std::string_view bytes, std::size_t step) {
    using redoubt::http::ResponseReader;
    ResponseReader reader({.header_bytes = 4096, .body_bytes = 1U << 20U}, {},
                          ResponseReader::Body::expected);
    for (std::size_t at = 0; at < bytes.size() && !reader.is_done(); at += step) {
        if (!reader.feed(bytes.substr(at, step))) return std::nullopt;
    }
    if (!reader.feed_end()) return std::nullopt;
    return reader.take();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto whole = read(bytes, size + 1);
    const auto pieces = read(bytes, 1);
    if (whole && pieces && (whole->status != pieces->status || whole->body != pieces->body)) std::abort();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/frame.hpp"

#include <algorithm>
#include <utility>

namespace redoubt::ttrpc {
namespace {

std::uint32_t load_be32(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char byte : bytes.substr(0, 4)) value = value << 8U | static_cast<unsigned char>(byte);
    return value;
}

void append_be32(std::string& out, std::uint32_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(value >> shift & 0xFFU);
}

} // namespace

Result<std::string> encode_frame(const Frame& frame) {
    if (frame.data.size() > k_data_limit)
        return fail(Code::resource_exhausted, "message of {} bytes is over the limit of {}",
                    frame.data.size(), k_data_limit);
    std::string out;
    out.reserve(k_header_bytes + frame.data.size());
    append_be32(out, static_cast<std::uint32_t>(frame.data.size()));
    append_be32(out, frame.stream_id);
    out += static_cast<char>(std::to_underlying(frame.type));
    out += static_cast<char>(frame.flags);
    out += frame.data;
    return out;
}

std::vector<FrameEvent> FrameDecoder::feed(std::string_view bytes) {
    std::vector<FrameEvent> out;
    while (!bytes.empty()) {
        std::size_t used = 0;
        if (to_skip_ > 0) {
            used = std::min(to_skip_, bytes.size());
            to_skip_ -= used;
        } else if (missing_ > 0) {
            used = take_data(bytes, out);
        } else {
            used = take_header(bytes, out);
        }
        bytes.remove_prefix(used);
    }
    return out;
}

std::size_t FrameDecoder::take_header(std::string_view bytes, std::vector<FrameEvent>& out) {
    const std::size_t used = std::min(k_header_bytes - header_.size(), bytes.size());
    header_ += bytes.substr(0, used);
    if (header_.size() < k_header_bytes) return used;

    const std::string_view header = header_;
    const std::uint32_t length = load_be32(header);
    frame_ = {.stream_id = load_be32(header.substr(4)),
              .type = static_cast<FrameType>(header[8]),
              .flags = static_cast<std::uint8_t>(header[9]),
              .data = {}};
    header_.clear();
    if (length > k_data_limit) {
        out.emplace_back(OversizeFrame{.stream_id = frame_.stream_id, .type = frame_.type, .length = length});
        to_skip_ = length;
    } else if (length == 0) {
        out.emplace_back(std::exchange(frame_, {}));
    } else {
        missing_ = length;
    }
    return used;
}

std::size_t FrameDecoder::take_data(std::string_view bytes, std::vector<FrameEvent>& out) {
    const std::size_t used = std::min(missing_, bytes.size());
    frame_.data += bytes.substr(0, used);
    missing_ -= used;
    if (missing_ == 0) out.emplace_back(std::exchange(frame_, {}));
    return used;
}

} // namespace redoubt::ttrpc

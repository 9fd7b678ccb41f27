// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/relay/frame.hpp"

#include <algorithm>
#include <utility>

namespace redoubt::relay {
namespace {

struct Header {
    FrameType type = FrameType::close;
    std::uint16_t stream = 0;
    std::size_t size = 0;
};

/// Little-endian.
std::uint32_t number(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i)
        value = (value << 8U) | static_cast<unsigned char>(bytes[i - 1]);
    return value;
}

void put(std::string& out, std::uint32_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void put_header(std::string& out, FrameType type, std::uint16_t stream, std::size_t size) {
    put(out, std::to_underlying(type), 1);
    put(out, 0, 1);
    put(out, stream, 2);
    put(out, static_cast<std::uint32_t>(size), 4);
}

Status check_size(const Header& header) {
    switch (header.type) {
    case FrameType::open:
    case FrameType::opened:
        if (header.size == 0) return {};
        return fail(Code::invalid_argument, "relay frame: {} bytes behind an {}", header.size,
                    header.type == FrameType::open ? "OPEN" : "OPENED");
    case FrameType::data:
        if (header.size > 0 && header.size <= k_max_payload) return {};
        return fail(Code::invalid_argument, "relay frame: {} bytes of data are not within 1 and {}",
                    header.size, k_max_payload);
    case FrameType::close:
        if (header.size <= k_max_reason) return {};
        return fail(Code::invalid_argument, "relay frame: a reason of {} bytes, the most is {}", header.size,
                    k_max_reason);
    }
    return fail(Code::invalid_argument, "relay frame: type {} is not known", std::to_underlying(header.type));
}

Result<Header> read_header(std::string_view bytes) {
    const Header header{.type = static_cast<FrameType>(number(bytes.substr(0, 1))),
                        .stream = static_cast<std::uint16_t>(number(bytes.substr(2, 2))),
                        .size = number(bytes.substr(4, 4))};
    RDT_CHECK(check_size(header));
    if (bytes[1] != 0)
        return fail(Code::invalid_argument, "relay frame: flags {:#04x} are not known",
                    number(bytes.substr(1, 1)));
    if (header.stream == 0) return fail(Code::invalid_argument, "relay frame: stream 0");
    return header;
}

} // namespace

std::string encode(const Frame& frame) {
    std::string out;
    put_header(out, frame.type, frame.stream, frame.payload.size());
    return out + frame.payload;
}

std::string encode_data(std::uint16_t stream, std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, k_max_payload);
        put_header(out, FrameType::data, stream, piece.size());
        out += piece;
        bytes.remove_prefix(piece.size());
    }
    return out;
}

std::string encode_close(std::uint16_t stream, std::string_view reason) {
    return encode(
        {.type = FrameType::close, .stream = stream, .payload = std::string(reason.substr(0, k_max_reason))});
}

Result<std::vector<Frame>> FrameReader::feed(std::string_view bytes) {
    RDT_CHECK(health_);
    std::vector<Frame> frames;
    pending_ += bytes;
    std::string_view rest = pending_;
    while (rest.size() >= k_header_size) {
        const auto header = read_header(rest.substr(0, k_header_size));
        if (!header) {
            health_ = std::unexpected(header.error());
            pending_.clear();
            return std::unexpected(header.error());
        }
        if (rest.size() - k_header_size < header->size) break;
        frames.push_back({.type = header->type,
                          .stream = header->stream,
                          .payload = std::string(rest.substr(k_header_size, header->size))});
        rest.remove_prefix(k_header_size + header->size);
    }
    pending_.erase(0, pending_.size() - rest.size());
    return frames;
}

} // namespace redoubt::relay

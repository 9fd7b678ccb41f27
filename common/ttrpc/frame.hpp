// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// ttrpc frames, without I/O. Source: containerd ttrpc, PROTOCOL.md.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::ttrpc {

inline constexpr std::size_t k_header_bytes = 10;
/// Most bytes of data in one frame.
inline constexpr std::size_t k_data_limit = 4UZ * 1024 * 1024;

/// Values on the wire.
enum class FrameType : std::uint8_t { request = 1, response = 2, data = 3 };

inline constexpr std::uint8_t k_flag_remote_closed = 0x1;
inline constexpr std::uint8_t k_flag_remote_open = 0x2;
inline constexpr std::uint8_t k_flag_no_data = 0x4;

struct Frame {
    std::uint32_t stream_id = 0;
    FrameType type = FrameType::request; ///< a peer may send values that have no name
    std::uint8_t flags = 0;
    std::string data;

    [[nodiscard]] bool operator==(const Frame&) const = default;
};

/// A frame that announced more than k_data_limit; its data are skipped and the frames after it still arrive.
struct OversizeFrame {
    std::uint32_t stream_id = 0;
    FrameType type = FrameType::request;
    std::uint32_t length = 0;

    [[nodiscard]] bool operator==(const OversizeFrame&) const = default;
};

using FrameEvent = std::variant<Frame, OversizeFrame>;

/// The frame's bytes. Errors: resource_exhausted over k_data_limit.
[[nodiscard]] Result<std::string> encode_frame(const Frame& frame);

/// Cuts a byte stream into frames. Holds at most one frame, and only as much memory as bytes have arrived.
class FrameDecoder {
  public:
    /// The frames that `bytes` complete, in order.
    [[nodiscard]] std::vector<FrameEvent> feed(std::string_view bytes);

    /// Whether the stream may end here without having cut a frame.
    [[nodiscard]] bool is_between_frames() const { return header_.empty() && missing_ == 0 && to_skip_ == 0; }

  private:
    [[nodiscard]] std::size_t take_header(std::string_view bytes, std::vector<FrameEvent>& out);
    [[nodiscard]] std::size_t take_data(std::string_view bytes, std::vector<FrameEvent>& out);

    std::string header_; ///< the bytes of a header that has not arrived completely
    Frame frame_;        ///< the frame whose data are arriving
    std::size_t missing_ = 0;
    std::size_t to_skip_ = 0;
};

} // namespace redoubt::ttrpc

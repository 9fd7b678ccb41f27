// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The frames by which a guest without a network reaches its key broker: over a virtio-serial port, through
/// the node's daemon, which connects to the one address of its settings and sees ciphertext only. Pure. Bytes
/// and rules: docs/formats/relay.md.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::relay {

/// The port's name in the guest: /dev/virtio-ports/org.redoubt.relay.
inline constexpr std::string_view k_port_name = "org.redoubt.relay";

inline constexpr std::size_t k_header_size = 8;
/// Payload of a frame, in bytes.
inline constexpr std::size_t k_max_payload = 32768;
/// The text of a CLOSE, in bytes.
inline constexpr std::size_t k_max_reason = 1024;

/// Values are part of the wire format.
enum class FrameType : std::uint8_t {
    open = 1,   ///< guest: connect me; no payload, as a guest does not choose where to
    opened = 2, ///< daemon: connected; no payload
    data = 3,   ///< either: 1 to k_max_payload bytes
    close = 4   ///< either: the stream is over; the payload says why, or nothing
};

struct Frame {
    FrameType type = FrameType::close;
    std::uint16_t stream = 0; ///< the guest's choice, not 0
    std::string payload;      ///< raw; see FrameType
    [[nodiscard]] bool operator==(const Frame&) const = default;
};

[[nodiscard]] std::string encode(const Frame& frame);
/// DATA frames for any number of bytes, one behind another; nothing for none.
[[nodiscard]] std::string encode_data(std::uint16_t stream, std::string_view bytes);
/// A CLOSE; of a reason that is too long, its beginning.
[[nodiscard]] std::string encode_close(std::uint16_t stream, std::string_view reason = {});

/// Takes a stream of bytes apart. Holds at most one frame that is not whole.
class FrameReader {
  public:
    /// The frames that these bytes make whole, in order. Errors: invalid_argument naming the field; the
    /// reader is then of no more use, as nobody knows where the next frame begins: every later call fails the
    /// same way.
    [[nodiscard]] Result<std::vector<Frame>> feed(std::string_view bytes);

  private:
    std::string pending_;
    Status health_;
};

} // namespace redoubt::relay

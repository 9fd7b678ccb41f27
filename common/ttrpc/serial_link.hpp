// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The serial link, without I/O: sessions over a byte stream that is not a connection
/// (docs/formats/serial-link.md). A virtio-serial port keeps flowing when the host's end is replaced; the
/// link lets both ends find a fresh start in it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::ttrpc {

/// Tells one attempt of the host to start a session from every other.
using LinkNonce = std::array<char, 16>;

/// A new session has begun. The agent must answer with render_reset_ack() before any data.
struct LinkStarted {
    LinkNonce nonce{};
    [[nodiscard]] bool operator==(const LinkStarted&) const = default;
};
/// The session is over; nothing that follows belongs to it.
struct LinkEnded {
    Error reason;
    [[nodiscard]] bool operator==(const LinkEnded&) const = default;
};
/// Bytes of the current session.
struct LinkData {
    std::string bytes;
    [[nodiscard]] bool operator==(const LinkData&) const = default;
};
using LinkEvent = std::variant<LinkStarted, LinkEnded, LinkData>;

/// Escapes session bytes for the wire.
[[nodiscard]] std::string render_link_data(std::string_view bytes);
/// Host: asks for a new session.
[[nodiscard]] std::string render_reset(const LinkNonce& nonce);
/// Agent: grants it.
[[nodiscard]] std::string render_reset_ack(const LinkNonce& nonce);
/// Agent: says that it has no session, for a host that may believe otherwise.
[[nodiscard]] std::string render_lost();

/// Reads the wire at one end. What arrives outside of a session is dropped.
class LinkDecoder {
  public:
    /// The end that grants sessions: starts one at every RESET.
    [[nodiscard]] static LinkDecoder agent() { return LinkDecoder(Role::agent, {}); }
    /// The end that asks: starts one at the RESET-ACK of `nonce`, once.
    [[nodiscard]] static LinkDecoder host(const LinkNonce& nonce) { return LinkDecoder(Role::host, nonce); }

    /// What `bytes` bring about, in order; neighbouring data are one event.
    [[nodiscard]] std::vector<LinkEvent> feed(std::string_view bytes);

  private:
    enum class Role : std::uint8_t { host, agent };
    enum class State : std::uint8_t {
        outside, ///< no session: skipping to the next flag
        session, ///< in a session, plain bytes
        kind,    ///< after a flag
        nonce,   ///< in the nonce of a RESET or RESET-ACK
    };

    LinkDecoder(Role role, const LinkNonce& nonce) : role_(role), expected_(nonce) {}

    [[nodiscard]] std::size_t take_plain(std::string_view bytes, std::vector<LinkEvent>& out);
    void take_flag(std::vector<LinkEvent>& out);
    void take_kind(char byte);
    void take_nonce(char byte, std::vector<LinkEvent>& out);
    void take_escaped(char byte, std::vector<LinkEvent>& out);
    void end_session(std::string_view why, std::vector<LinkEvent>& out);

    Role role_;
    LinkNonce expected_;
    State state_ = State::outside;
    bool in_session_ = false;
    bool is_escaped_ = false; ///< the next byte follows an escape
    LinkNonce nonce_{};
    std::size_t nonce_bytes_ = 0;
};

} // namespace redoubt::ttrpc

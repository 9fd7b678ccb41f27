// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Sessions of the serial link (docs/formats/serial-link.md) as byte streams over another byte stream.

#include <memory>

#include "common/async/task.hpp"
#include "common/ttrpc/byte_stream.hpp"

namespace redoubt::ttrpc {

/// Host: asks for a session and waits until the agent grants it, however long the guest takes to boot: the
/// caller sets the deadline. Errors: unavailable when `wire` ends first. The session ends when the agent
/// starts anew.
[[nodiscard]] Task<std::unique_ptr<ByteStream>> connect_link(std::unique_ptr<ByteStream> wire);

/// Agent: grants sessions, one after the other. Thread: one strand.
class LinkListener {
  public:
    explicit LinkListener(std::unique_ptr<ByteStream> wire);
    LinkListener(const LinkListener&) = delete;
    LinkListener& operator=(const LinkListener&) = delete;
    LinkListener(LinkListener&&) = delete;
    LinkListener& operator=(LinkListener&&) = delete;
    ~LinkListener();

    /// Waits for the host to ask and grants it. The session before must have no read or write under way; it
    /// fails from here on. Errors: the wire's; unavailable when it ended.
    Task<std::unique_ptr<ByteStream>> accept();

    class Wire; ///< the source file's own

  private:
    std::shared_ptr<Wire> wire_; ///< shared with the sessions, whose owner may keep one beyond the listener
};

} // namespace redoubt::ttrpc

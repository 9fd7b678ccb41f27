// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstddef>
#include <string>

#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "common/ttrpc/byte_stream.hpp"

namespace redoubt::ttrpc {

/// What waits to be sent on a connection: any coroutine may queue a frame, one writes them, so that
/// cancelling a caller never leaves half a frame on the wire. Thread: one strand. Lifetime: outlives its
/// waiters.
class Outbox {
  public:
    Outbox(const asio::any_io_executor& executor, std::size_t limit) : changed_(executor), limit_(limit) {}

    /// Queues a frame, waiting while `limit` bytes or more are queued. Errors: unavailable once closed;
    /// cancelled.
    Task<void> send(std::string frame);

    /// Writes what is queued, frames together, until closed or cancelled. Errors: the stream's; it closes the
    /// outbox.
    Task<void> write_to(ByteStream& stream);

    /// Drops what is queued and fails all senders.
    void close();

  private:
    AsyncEvent changed_;
    std::size_t limit_;
    std::string queued_;
    bool is_closed_ = false;
};

} // namespace redoubt::ttrpc

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>

#include "common/async/queue.hpp"
#include "node-daemon/sandbox/process_session.hpp"

namespace redoubt::node::sandbox {

/// What a process wrote, on its way to one client; bounded. Thread: main strand.
/// Shared by the coroutine that reads the guest and by the client's session, either of which may go first.
class OutputFeed {
  public:
    explicit OutputFeed(const asio::any_io_executor& executor);

    /// Hands on output. Waits while the client lags, but after `patience` without progress drops the client
    /// instead. Does nothing once the feed is closed or dropped.
    asio::awaitable<void> push(Output output, Duration patience);
    /// The process has ended; the client hears it after all output.
    void finish(int exit_code);
    /// Ends the feed with an error, after the output that is in it.
    void fail(Error error);
    /// The client is gone.
    void close();
    [[nodiscard]] bool is_open() const { return is_open_; }

    /// For the client: as ProcessSession::next().
    Task<ProcessEvent> next();

  private:
    Queue<Output> queue_;
    std::optional<int> exit_code_;
    Error error_;
    bool is_open_ = true;
};

} // namespace redoubt::node::sandbox

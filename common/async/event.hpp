// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "common/async/task.hpp"

namespace redoubt {

/// A one-way flag that coroutines wait for. Thread: one strand only. Lifetime: outlives its waiters.
class AsyncEvent {
  public:
    explicit AsyncEvent(const asio::any_io_executor& executor) : timer_(executor, Clock::time_point::max()) {}

    [[nodiscard]] bool is_set() const { return is_set_; }

    /// Wakes everyone waiting, now and later.
    void set() {
        is_set_ = true;
        timer_.cancel();
    }
    /// Wakes everyone waiting now, but stays unset: for "look again" conditions.
    void pulse() { timer_.cancel(); }

    /// Returns when set or pulsed, or when the awaiting coroutine is cancelled.
    asio::awaitable<void> wait() {
        if (!is_set_) co_await timer_.async_wait(k_as_tuple);
    }

  private:
    asio::steady_timer timer_;
    bool is_set_ = false;
};

} // namespace redoubt

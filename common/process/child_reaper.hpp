// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/signal_set.hpp>

#include <sys/types.h>

#include <functional>
#include <map>
#include <set>

#include "common/async/task.hpp"

namespace redoubt::process {

/// Collects every child that ends, its own and, as PID 1, the orphans that fall to it; tells who watches one.
/// Thread: one strand. There may be only one in a process.
class ChildReaper {
  public:
    /// Gets the wait status of waitpid(2).
    using ExitHandler = std::move_only_function<void(int)>;

    explicit ChildReaper(const asio::any_io_executor& executor);

    /// Calls `handler` once when `pid` ends. Call it before the first co_await after the child was made.
    void watch(pid_t pid, ExitHandler handler);

    /// Runs until cancelled.
    asio::awaitable<void> run();

  private:
    void collect();

    asio::signal_set signals_;
    std::map<pid_t, ExitHandler> handlers_;
};

} // namespace redoubt::process

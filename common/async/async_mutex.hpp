// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/async/async_semaphore.hpp"

namespace redoubt {

/// Lets one coroutine of a strand at a time through a stretch of code that waits. Lifetime: outlives its
/// guards.
class AsyncMutex {
  public:
    explicit AsyncMutex(const asio::any_io_executor& executor) : one_(executor, 1) {}

    using Guard = AsyncSemaphore::Guard;

    asio::awaitable<Guard> lock() { return one_.acquire(); }

  private:
    AsyncSemaphore one_;
};

} // namespace redoubt

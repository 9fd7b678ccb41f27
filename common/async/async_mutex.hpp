// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <utility>

#include "common/async/event.hpp"

namespace redoubt {

/// Lets one coroutine of a strand at a time through a stretch of code that waits. Lifetime: outlives its
/// guards.
class AsyncMutex {
  public:
    explicit AsyncMutex(const asio::any_io_executor& executor) : released_(executor) {}

    /// Holds the mutex until it goes.
    class Guard {
      public:
        explicit Guard(AsyncMutex& mutex) : mutex_(&mutex) {}
        Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
        Guard& operator=(Guard&&) = delete;
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        ~Guard() {
            if (mutex_ == nullptr) return;
            mutex_->is_held_ = false;
            mutex_->released_.pulse();
        }

      private:
        AsyncMutex* mutex_;
    };

    asio::awaitable<Guard> lock() {
        while (is_held_) co_await released_.wait();
        is_held_ = true;
        co_return Guard(*this);
    }

  private:
    AsyncEvent released_;
    bool is_held_ = false;
};

} // namespace redoubt

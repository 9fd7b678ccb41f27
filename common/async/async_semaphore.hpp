// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstddef>
#include <utility>

#include "common/async/event.hpp"

namespace redoubt {

/// Lets so many coroutines of a strand at a time through a stretch of code that waits. Lifetime: outlives its
/// guards.
class AsyncSemaphore {
  public:
    AsyncSemaphore(const asio::any_io_executor& executor, std::size_t places)
        : released_(executor), places_(places) {}

    /// Holds a place until it goes.
    class Guard {
      public:
        explicit Guard(AsyncSemaphore& semaphore) : semaphore_(&semaphore) {}
        Guard(Guard&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
        Guard& operator=(Guard&& other) noexcept {
            std::swap(semaphore_, other.semaphore_);
            return *this;
        }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        ~Guard() {
            if (semaphore_ == nullptr) return;
            ++semaphore_->places_;
            semaphore_->released_.pulse();
        }

      private:
        AsyncSemaphore* semaphore_;
    };

    asio::awaitable<Guard> acquire() {
        while (places_ == 0) co_await released_.wait();
        --places_;
        co_return Guard(*this);
    }

  private:
    AsyncEvent released_;
    std::size_t places_;
};

} // namespace redoubt

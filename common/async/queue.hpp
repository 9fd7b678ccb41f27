// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "common/async/event.hpp"

namespace redoubt {

/// A bounded queue between coroutines of one strand. push() waits while full, pop() while empty; close() ends
/// both.
template <class T>
class Queue {
  public:
    Queue(const asio::any_io_executor& executor, std::size_t limit) : changed_(executor), limit_(limit) {}

    /// False when the queue was closed before there was room.
    asio::awaitable<bool> push(T item) {
        while (items_.size() >= limit_ && !is_closed_) {
            co_await changed_.wait();
            if (is_cancelled(co_await asio::this_coro::cancellation_state)) co_return false;
        }
        if (is_closed_) co_return false;
        items_.push_back(std::move(item));
        changed_.pulse();
        co_return true;
    }

    /// False when full or closed.
    bool try_push(T item) {
        if (is_closed_ || items_.size() >= limit_) return false;
        items_.push_back(std::move(item));
        changed_.pulse();
        return true;
    }

    /// Nothing when the queue is closed and drained, or the waiter cancelled.
    asio::awaitable<std::optional<T>> pop() {
        while (items_.empty() && !is_closed_) {
            co_await changed_.wait();
            if (is_cancelled(co_await asio::this_coro::cancellation_state)) co_return std::nullopt;
        }
        if (items_.empty()) co_return std::nullopt;
        std::optional<T> item = std::move(items_.front());
        items_.pop_front();
        changed_.pulse();
        co_return item;
    }

    void close() {
        is_closed_ = true;
        changed_.pulse();
    }

  private:
    static bool is_cancelled(const asio::cancellation_state& state) {
        return state.cancelled() != asio::cancellation_type::none;
    }

    AsyncEvent changed_;
    std::deque<T> items_;
    std::size_t limit_;
    bool is_closed_ = false;
};

} // namespace redoubt

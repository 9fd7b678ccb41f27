// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <set>

#include "common/async/event.hpp"
#include "common/async/task.hpp"

namespace redoubt::node::api {

/// A call in flight, as the server's shutdown sees it.
class Call {
  public:
    /// Nobody waits for the answer any more: end as soon as it is safe. May come more than once.
    virtual void abandon() = 0;

  protected:
    Call() = default;
    Call(const Call&) = default;
    Call& operator=(const Call&) = default;
    ~Call() = default;
};

/// Every call in flight. Thread: main strand.
class CallRegistry {
  public:
    explicit CallRegistry(asio::any_io_executor executor)
        : executor_(std::move(executor)), idle_(executor_) {}

    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
    [[nodiscard]] bool is_closing() const { return is_closing_; }
    [[nodiscard]] std::size_t size() const { return calls_.size(); }

    void add(Call& call) { calls_.insert(&call); }
    void remove(Call& call) {
        calls_.erase(&call);
        if (calls_.empty()) idle_.pulse();
    }

    /// From now on calls are refused; those in flight are abandoned.
    void close() {
        is_closing_ = true;
        // abandon() may end a call, which removes it.
        for (auto place = calls_.begin(); place != calls_.end();) (*place++)->abandon();
    }
    /// Returns when no call is left.
    asio::awaitable<void> join() {
        while (!calls_.empty()) co_await idle_.wait();
    }

  private:
    asio::any_io_executor executor_;
    AsyncEvent idle_;
    std::set<Call*> calls_;
    bool is_closing_ = false;
};

} // namespace redoubt::node::api

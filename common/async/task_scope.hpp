// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <exception>
#include <list>
#include <utility>

#include "common/async/event.hpp"
#include "common/async/task.hpp"

namespace redoubt {

/// Owns coroutines that run beside their starter. They are joined before the scope's owner goes: co_await join().
/// Thread: one strand only.
class TaskScope {
  public:
    explicit TaskScope(asio::any_io_executor executor) : executor_(std::move(executor)), idle_(executor_) {}
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;
    TaskScope(TaskScope&&) = delete;
    TaskScope& operator=(TaskScope&&) = delete;
    ~TaskScope() = default;

    /// Starts `task`. An exception that leaves it ends the process: tasks report failures as values.
    void spawn(asio::awaitable<void> task) {
        auto place = signals_.emplace(signals_.end());
        asio::co_spawn(executor_, std::move(task),
                       asio::bind_cancellation_slot(place->slot(), [this, place](std::exception_ptr error) {
                           if (error) std::rethrow_exception(error);
                           signals_.erase(place);
                           if (signals_.empty()) idle_.pulse();
                       }));
    }

    /// Asks every task to stop; they end at their next wait.
    void cancel() {
        for (auto place = signals_.begin(); place != signals_.end();) {
            auto next = std::next(place);
            place->emit(asio::cancellation_type::terminal);
            place = next;
        }
    }

    /// Returns when no task is left.
    asio::awaitable<void> join() {
        while (!signals_.empty()) co_await idle_.wait();
    }

    [[nodiscard]] std::size_t size() const { return signals_.size(); }

  private:
    asio::any_io_executor executor_;
    AsyncEvent idle_;
    std::list<asio::cancellation_signal> signals_;
};

} // namespace redoubt

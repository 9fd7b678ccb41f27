// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <list>
#include <utility>

#include "common/async/event.hpp"
#include "common/async/task.hpp"

namespace redoubt {

/// Owns coroutines that run beside their starter. They are joined before the scope's owner goes: co_await
/// join(). Thread: one strand only.
class TaskScope {
  public:
    explicit TaskScope(asio::any_io_executor executor) : executor_(std::move(executor)), idle_(executor_) {}
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;
    TaskScope(TaskScope&&) = delete;
    TaskScope& operator=(TaskScope&&) = delete;
    ~TaskScope() = default;

    /// Starts `task`, unless cancel() is called before its turn comes. An exception that leaves it ends the
    /// process: tasks report failures as values.
    void spawn(asio::awaitable<void> task) {
        auto place = running_.emplace(running_.end());
        asio::co_spawn(executor_, run(place, std::move(task)),
                       asio::bind_cancellation_slot(
                           place->signal.slot(), [this, place](const std::exception_ptr& error) {
                               // A cancelled coroutine that waits once more is ended by Asio with such an
                               // exception: it has obeyed.
                               if (error && !(place->is_cancelled && is_abort(error)))
                                   std::rethrow_exception(error);
                               running_.erase(place);
                               if (running_.empty()) idle_.pulse();
                           }));
    }

    /// Asks every task to stop; they end at their next wait.
    void cancel() {
        for (auto place = running_.begin(); place != running_.end();) {
            auto next = std::next(place);
            place->is_cancelled = true;
            if (place->has_begun) place->signal.emit(asio::cancellation_type::terminal);
            place = next;
        }
    }

    /// Returns when no task is left, even if the awaiting coroutine is cancelled meanwhile. A coroutine that
    /// may have been cancelled before must first set asio::this_coro::throw_if_cancelled(false), else it
    /// never gets here.
    asio::awaitable<void> join() {
        const bool throws = co_await asio::this_coro::throw_if_cancelled();
        co_await asio::this_coro::throw_if_cancelled(false);
        while (!running_.empty()) co_await idle_.wait();
        co_await asio::this_coro::throw_if_cancelled(throws);
    }

    [[nodiscard]] std::size_t size() const { return running_.size(); }

  private:
    struct Running {
        asio::cancellation_signal signal;
        bool has_begun = false;
        bool is_cancelled = false;
    };

    /// Asio ends the process when a coroutine that has never waited, so also one that has not begun, comes to
    /// its end cancelled: it throws where nobody can catch.
    static asio::awaitable<void> run(std::list<Running>::iterator place, asio::awaitable<void> task) {
        place->has_begun = true;
        if (place->is_cancelled) co_return;
        std::exception_ptr failure;
        try {
            co_await std::move(task);
        } catch (...) {
            failure = std::current_exception();
        }
        co_await asio::this_coro::throw_if_cancelled(false);
        if (failure) std::rethrow_exception(failure);
    }

    static bool is_abort(const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const boost::system::system_error& aborted) {
            return aborted.code() == asio::error::operation_aborted;
        } catch (const asio::multiple_exceptions& several) {
            return is_abort(several.first_exception());
        } catch (...) {
            return false;
        }
    }

    asio::any_io_executor executor_;
    AsyncEvent idle_;
    std::list<Running> running_;
};

} // namespace redoubt

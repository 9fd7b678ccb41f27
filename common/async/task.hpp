// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Coroutines on Boost.Asio: one io_context thread owns all of a process's state, so domain code has no
/// locks. Blocking work goes through offload(); every wait has a deadline through within(); nothing is
/// detached, see TaskScope. Coroutine parameters are values: a reference must outlive the whole coroutine.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <expected>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "common/base/error.hpp"

namespace redoubt {

namespace asio = boost::asio;

/// A coroutine that ends in a Result<T>.
template <class T = void>
using Task = asio::awaitable<Result<T>>;

using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;

namespace detail {

template <class Work>
std::expected<std::invoke_result_t<Work>, std::exception_ptr> outcome_of(Work& work) {
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
            work();
            return {};
        } else {
            return work();
        }
    } catch (...) {
        return std::unexpected(std::current_exception());
    }
}

} // namespace detail

/// Completion token whose result is a tuple (error_code, ...) instead of an exception.
inline constexpr auto k_as_tuple = asio::as_tuple(asio::use_awaitable);

/// Runs blocking `work` on `pool` and resumes on the caller's executor with its result. Work that was asked
/// for is done and waited for even when the caller is cancelled meanwhile: a cancellation signal may not
/// cross threads (asio::cancellation_slot), and state that `work` refers to must outlive it.
template <class Work>
asio::awaitable<std::invoke_result_t<Work>> offload(asio::thread_pool& pool, Work work) {
    using Outcome = std::expected<std::invoke_result_t<Work>, std::exception_ptr>;
    auto start = [&pool](auto resume, Work inner) {
        auto home = asio::get_associated_executor(resume);
        auto busy = asio::make_work_guard(home);
        asio::post(pool, [resume = std::move(resume), inner = std::move(inner), home = std::move(home),
                          busy = std::move(busy)]() mutable {
            auto outcome = detail::outcome_of(inner);
            asio::post(home, [resume = std::move(resume), outcome = std::move(outcome)]() mutable {
                std::move(resume)(std::move(outcome));
            });
        });
    };
    auto outcome = co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome)>(
        std::move(start), asio::use_awaitable, std::move(work));
    if (!outcome) std::rethrow_exception(outcome.error());
    if constexpr (!std::is_void_v<std::invoke_result_t<Work>>) co_return std::move(*outcome);
}

/// Awaits `task`, but cancels it and fails with deadline_exceeded after `limit`.
/// `what` names the wait in the error: "agent of sandbox ab12: no answer within 10000 ms".
/// When the awaiting coroutine is cancelled first, `task` is too, and the error is cancelled.
template <class T>
Task<T> within(Duration limit, std::string what, Task<T> task) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor, limit);
    auto outcome = co_await (std::move(task) || timer.async_wait(k_as_tuple));
    if (auto* result = std::get_if<0>(&outcome)) co_return std::move(*result);
    if (std::get<0>(std::get<1>(outcome))) co_return fail(Code::cancelled, "{}: cancelled", what);
    co_return fail(Code::deadline_exceeded, "{}: no answer within {} ms", what,
                   std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
}

/// Waits; ends early, without complaint, when cancelled.
inline asio::awaitable<void> sleep_for(Duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(k_as_tuple);
}

} // namespace redoubt

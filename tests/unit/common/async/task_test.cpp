// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/async/task.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "common/async/async_semaphore.hpp"
#include "common/async/queue.hpp"
#include "common/async/task_scope.hpp"

namespace redoubt {
namespace {

using namespace std::chrono_literals;

template <class T>
T run(asio::io_context& context, asio::awaitable<T> task) {
    std::optional<T> out;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
        if (error) std::rethrow_exception(error);
        out = std::move(value);
    });
    context.restart();
    context.run();
    return std::move(out).value();
}

Task<int> answer_after(Duration time) {
    co_await sleep_for(time);
    co_return 42;
}

TEST(Task, OffloadRunsOnThePoolAndComesBack) {
    asio::io_context context;
    asio::thread_pool pool(1);
    const auto here = std::this_thread::get_id();
    auto task = [](asio::thread_pool& workers, std::thread::id caller) -> Task<bool> {
        const auto there = co_await offload(workers, [] { return std::this_thread::get_id(); });
        co_return there != caller&& std::this_thread::get_id() == caller;
    };
    EXPECT_TRUE(run(context, task(pool, here)).value());
}

TEST(Task, OffloadBringsAnExceptionBack) {
    asio::io_context context;
    asio::thread_pool pool(1);
    auto task = offload(pool, []() -> int { throw std::runtime_error("broken"); });
    EXPECT_THROW(run(context, std::move(task)), std::runtime_error);
}

TEST(Task, OffloadOutlivesTheCancellationOfItsCaller) {
    asio::io_context context;
    asio::thread_pool pool(2);
    std::promise<void> is_begun;
    std::promise<void> may_end;
    std::atomic<bool> is_done = false;
    TaskScope scope(context.get_executor());
    scope.spawn(offload(pool, [&] {
        is_begun.set_value();
        may_end.get_future().wait();
        is_done = true;
    }));
    context.poll();
    is_begun.get_future().wait();
    scope.cancel();
    asio::post(pool, asio::use_future).wait(); // nothing that cancel() gave the pool is left to do
    may_end.set_value();
    auto joined = [](TaskScope& tasks) -> Task<> {
        co_await tasks.join();
        co_return Status{};
    };
    EXPECT_TRUE(run(context, joined(scope)));
    EXPECT_TRUE(is_done);
}

TEST(Task, WithinReturnsTheAnswerOfAFastTask) {
    asio::io_context context;
    EXPECT_EQ(run(context, within(10s, "answer", answer_after(1ms))), 42);
}

TEST(Task, WithinCancelsASlowTask) {
    asio::io_context context;
    const auto result = run(context, within(5ms, "answer", answer_after(1h)));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), (Error{Code::deadline_exceeded, "answer: no answer within 5 ms"}));
}

TEST(AsyncSemaphore, LetsAsManyThroughAsThereArePlacesAndNobodyWaitsForever) {
    asio::io_context context;
    AsyncSemaphore places(context.get_executor(), 2);
    TaskScope scope(context.get_executor());
    int inside = 0;
    int most = 0;
    int done = 0;
    auto visit = [&]() -> asio::awaitable<void> {
        const auto guard = co_await places.acquire();
        most = std::max(most, ++inside);
        co_await sleep_for(1ms);
        --inside;
        ++done;
    };
    for (int i = 0; i < 7; ++i) scope.spawn(visit());
    context.run();
    EXPECT_EQ(most, 2);
    EXPECT_EQ(done, 7);
}

TEST(AsyncSemaphore, WhoIsCancelledWhileWaitingTakesNoPlace) {
    asio::io_context context;
    AsyncSemaphore places(context.get_executor(), 1);
    TaskScope waiting(context.get_executor());
    auto visit = [&]() -> asio::awaitable<void> { std::ignore = co_await places.acquire(); };
    auto story = [&]() -> Task<bool> {
        {
            const auto guard = co_await places.acquire();
            waiting.spawn(visit());
            co_await sleep_for(1ms);
            waiting.cancel();
            co_await waiting.join();
        }
        const auto again = co_await places.acquire();
        co_return true;
    };
    EXPECT_TRUE(run(context, story()).value());
}

TEST(TaskScope, CancelEndsEveryTaskAndJoinWaitsForThem) {
    asio::io_context context;
    TaskScope scope(context.get_executor());
    int ended = 0;
    auto sleeper = [](int& count) -> asio::awaitable<void> {
        co_await sleep_for(1h);
        ++count;
    };
    scope.spawn(sleeper(ended));
    scope.spawn(sleeper(ended));
    auto joiner = [](TaskScope& tasks) -> Task<bool> {
        co_await sleep_for(1ms);
        tasks.cancel();
        co_await tasks.join();
        co_return true;
    };
    EXPECT_TRUE(run(context, joiner(scope)).value());
    EXPECT_EQ(ended, 2);
}

TEST(TaskScope, ATaskThatIsCancelledBeforeItRanNeverRuns) {
    asio::io_context context;
    TaskScope scope(context.get_executor());
    bool has_run = false;
    auto task = [](bool& out) -> asio::awaitable<void> {
        out = true;
        co_return;
    };
    scope.spawn(task(has_run));
    scope.cancel();
    context.run();
    EXPECT_FALSE(has_run);
    EXPECT_EQ(scope.size(), 0);
}

TEST(TaskScope, ATaskMayCancelItsScopeAndEndWithoutAWait) {
    asio::io_context context;
    TaskScope scope(context.get_executor());
    auto task = [](TaskScope& tasks) -> asio::awaitable<void> {
        tasks.cancel();
        co_return;
    };
    scope.spawn(task(scope));
    context.run();
    EXPECT_EQ(scope.size(), 0);
}

TEST(Task, WithinReportsThatItsWaiterWasCancelled) {
    asio::io_context context;
    TaskScope scope(context.get_executor());
    Code seen = Code::unknown;
    auto forever = []() -> Task<int> {
        while (true) co_await sleep_for(1h);
    };
    auto waiter = [](Code& out, Task<int> task) -> asio::awaitable<void> {
        const auto result = co_await within(1h, "answer", std::move(task));
        if (!result) out = result.error().code;
    };
    scope.spawn(waiter(seen, forever()));
    auto canceller = [](TaskScope& tasks) -> Task<bool> {
        co_await sleep_for(1ms);
        tasks.cancel();
        co_await tasks.join();
        co_return true;
    };
    EXPECT_TRUE(run(context, canceller(scope)).value());
    EXPECT_EQ(seen, Code::cancelled);
}

TEST(TaskScope, CancelEndsATaskThatWaitsAgainAndAgain) {
    asio::io_context context;
    TaskScope scope(context.get_executor());
    auto ticker = []() -> asio::awaitable<void> {
        while (true) co_await sleep_for(1ms);
    };
    scope.spawn(ticker());
    auto canceller = [](TaskScope& tasks) -> Task<bool> {
        co_await sleep_for(5ms);
        tasks.cancel();
        co_await tasks.join();
        co_return true;
    };
    EXPECT_TRUE(run(context, canceller(scope)).value());
}

TEST(Queue, PopDrainsAndThenReportsClose) {
    asio::io_context context;
    Queue<int> queue(context.get_executor(), 1);
    TaskScope scope(context.get_executor());
    auto producer = [](Queue<int>& out) -> asio::awaitable<void> {
        for (int i = 0; i < 3; ++i) co_await out.push(i);
        out.close();
    };
    auto consumer = [](Queue<int>& in) -> Task<std::vector<int>> {
        std::vector<int> seen;
        while (auto item = co_await in.pop()) seen.push_back(*item);
        co_return seen;
    };
    scope.spawn(producer(queue));
    EXPECT_EQ(run(context, consumer(queue)).value(), (std::vector{0, 1, 2}));
}

} // namespace
} // namespace redoubt

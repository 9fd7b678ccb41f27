// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <exception>
#include <utility>
#include <vector>

#include "common/async/task.hpp"

namespace redoubt::node::sandbox {

/// Runs coroutines beside each other and returns when all have ended. A cancellation of the awaiting
/// coroutine is theirs, too. Thread: main strand.
inline asio::awaitable<void> all_at_once(std::vector<asio::awaitable<void>> tasks) {
    if (tasks.empty()) co_return;
    const auto executor = co_await asio::this_coro::executor;
    using Operation = decltype(asio::co_spawn(executor, std::move(tasks.front()), asio::deferred));
    std::vector<Operation> operations;
    operations.reserve(tasks.size());
    for (auto& task : tasks) operations.push_back(asio::co_spawn(executor, std::move(task), asio::deferred));
    const auto [order, errors] = co_await asio::experimental::make_parallel_group(std::move(operations))
                                     .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (const auto& error : errors)
        if (error) std::rethrow_exception(error);
}

} // namespace redoubt::node::sandbox

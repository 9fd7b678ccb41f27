// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/async/task.hpp"

namespace redoubt::guest::image {

/// Lets what else the strand has to do run, between two pieces of long work: the agent has one thread, as it
/// makes processes by clone. Errors: cancelled.
inline Task<void> let_others_run() {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
        co_return fail(Code::cancelled, "the caller has gone");
    co_return Status{};
}

} // namespace redoubt::guest::image

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/outbox.hpp"

#include <utility>

namespace redoubt::ttrpc {
namespace {

bool is_cancelled(const asio::cancellation_state& state) {
    return state.cancelled() != asio::cancellation_type::none;
}

} // namespace

Task<void> Outbox::send(std::string frame) {
    while (!is_closed_ && queued_.size() >= limit_) {
        if (is_cancelled(co_await asio::this_coro::cancellation_state))
            co_return fail(Code::cancelled, "send: cancelled");
        co_await changed_.wait();
    }
    if (is_closed_) co_return fail(Code::unavailable, "the connection has ended");
    queued_ += frame;
    changed_.pulse();
    co_return Status{};
}

Task<void> Outbox::write_to(ByteStream& stream) {
    while (!is_closed_) {
        if (is_cancelled(co_await asio::this_coro::cancellation_state))
            co_return fail(Code::cancelled, "write: cancelled");
        if (queued_.empty()) {
            co_await changed_.wait();
            continue;
        }
        std::string batch = std::exchange(queued_, {});
        changed_.pulse(); // there is room again
        if (auto written = co_await stream.write(std::move(batch)); !written) {
            close();
            co_return written;
        }
    }
    co_return Status{};
}

void Outbox::close() {
    is_closed_ = true;
    queued_ = {};
    changed_.pulse();
}

} // namespace redoubt::ttrpc

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/output_feed.hpp"

namespace redoubt::node::sandbox {
namespace {

// Of at most 32 KiB each: two megabytes a client.
constexpr std::size_t k_queue_length = 64;

Task<void> push_waiting(Queue<Output>& queue, Output output) {
    co_await queue.push(std::move(output));
    co_return Status{};
}

} // namespace

OutputFeed::OutputFeed(const asio::any_io_executor& executor)
    : queue_(executor, k_queue_length), error_{Code::cancelled, "the session was closed"} {}

asio::awaitable<void> OutputFeed::push(Output output, Duration patience) {
    if (!is_open_ || queue_.try_push(output)) co_return;
    auto waiting = push_waiting(queue_, std::move(output));
    const auto pushed = co_await within(patience, "attached client", std::move(waiting));
    if (!pushed && pushed.error().code == Code::deadline_exceeded)
        fail({Code::resource_exhausted, "detached: the client did not read its output"});
}

void OutputFeed::finish(int exit_code) {
    if (!is_open_) return;
    exit_code_ = exit_code;
    is_open_ = false;
    queue_.close();
}

void OutputFeed::fail(Error error) {
    if (!is_open_) return;
    error_ = std::move(error);
    close();
}

void OutputFeed::close() {
    is_open_ = false;
    queue_.close();
}

Task<ProcessEvent> OutputFeed::next() {
    if (auto output = co_await queue_.pop()) co_return ProcessEvent(std::move(*output));
    if (exit_code_) co_return ProcessEvent(Exited{*exit_code_});
    co_return std::unexpected(error_);
}

} // namespace redoubt::node::sandbox

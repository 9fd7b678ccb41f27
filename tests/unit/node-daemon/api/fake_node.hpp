// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Use cases that do nothing but remember: the face under test calls these instead of the real ones.

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/async/event.hpp"
#include "node-daemon/sandbox/event_hub.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {

/// A process that echoes its input and ends with 7 at end of file; or, asked to, writes for ever.
class FakeSession final : public ProcessSession {
  public:
    FakeSession(Node& node, asio::any_io_executor executor, bool is_endless);
    ~FakeSession() override;

    Task<ProcessEvent> next() override;
    Task<void> write_stdin(std::string data) override;
    Task<void> close_stdin() override;
    Task<void> resize(oci::TerminalSize size) override;
    void close() override;

  private:
    Node& node_;
    AsyncEvent changed_;
    std::deque<ProcessEvent> events_;
    bool is_endless_;
    bool is_closed_ = false;
};

/// Written on the main strand, read by the test's thread: hence the atomics and the lock.
struct Node {
    explicit Node(asio::any_io_executor strand) : executor(strand), hub(strand), released(strand) {}

    asio::any_io_executor executor;
    EventHub hub;
    AsyncEvent released; ///< what a slow use case waits for
    bool is_endless = false;
    std::atomic<int> sessions = 0;
    std::atomic<int> closed_sessions = 0;
    std::atomic<int> waiting = 0;
    std::atomic<int> cancelled_waits = 0;
    std::atomic<std::uint64_t> produced = 0; ///< events taken from endless sessions

    void note(std::string call) {
        const std::scoped_lock lock(mutex);
        calls.push_back(std::move(call));
    }
    std::vector<std::string> taken_calls() {
        const std::scoped_lock lock(mutex);
        return calls;
    }

    std::mutex mutex;
    std::vector<std::string> calls;
    ContainerSpec created;
};

} // namespace redoubt::node::sandbox

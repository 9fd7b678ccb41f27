// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "node-daemon/sandbox/container.hpp"
#include "node-daemon/sandbox/guest_output.hpp"
#include "node-daemon/sandbox/output_feed.hpp"

namespace redoubt::node::sandbox {

enum class StdinUse : std::uint8_t { none, forward };
enum class TerminalUse : std::uint8_t { none, terminal };

/// A client's session with a process in a guest: output from a feed, input straight to the agent. An attach
/// and an exec differ in what close() does to stdin.
class GuestSession final : public ProcessSession {
  public:
    struct Options {
        StdinUse stdin_use = StdinUse::none;
        TerminalUse terminal = TerminalUse::none;
        /// Whether the process reads end of file when the client goes: an exec's client owns it, an attached
        /// one does not.
        bool owns_process = false;
    };

    GuestSession(const asio::any_io_executor& executor, std::shared_ptr<Container> container,
                 GuestProcess process, std::shared_ptr<OutputFeed> feed, Options options);
    ~GuestSession() override;
    GuestSession(const GuestSession&) = delete;
    GuestSession& operator=(const GuestSession&) = delete;

    Task<ProcessEvent> next() override;
    Task<void> write_stdin(std::string data) override;
    Task<void> close_stdin() override;
    Task<void> resize(oci::TerminalSize size) override;
    void close() override;

  private:
    Result<std::shared_ptr<agent_client::AgentClient>> agent() const;

    std::shared_ptr<Container> container_;
    GuestProcess process_;
    std::shared_ptr<OutputFeed> feed_;
    Options options_;
    AsyncEvent closed_;
    bool is_stdin_closed_ = false;
};

} // namespace redoubt::node::sandbox

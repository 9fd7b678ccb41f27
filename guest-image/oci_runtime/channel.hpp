// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The conversation between the agent and a process it is making: the child says "ready" or why it cannot,
/// waits for "go", and its exec closes the channel. One SOCK_SEQPACKET pair; the child's side blocks, the
/// agent's side awaits.

#include <boost/asio/posix/stream_descriptor.hpp>

#include <string>
#include <utility>

#include "common/async/task.hpp"
#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::guest::oci_runtime {

/// Both ends: first the agent's (non-blocking), then the child's.
[[nodiscard]] Result<std::pair<UniqueFd, UniqueFd>> make_channel();

/// The child's side. Borrows the descriptor.
class ChildChannel {
  public:
    explicit ChildChannel(int fd) : fd_(fd) {}

    /// Everything is set up; `terminal` (or -1) is the master of the process's new terminal.
    [[nodiscard]] Status send_ready(int terminal) const;
    void send_error(const Error& error) const;
    /// False when the agent has gone or given up.
    [[nodiscard]] bool wait_for_go() const;

  private:
    int fd_;
};

/// What the agent hears from a child.
struct ChildMessage {
    std::string bytes;
    UniqueFd terminal;
};

/// Waits for the child to be ready, holding up the calling thread: for children that answer at once, before
/// there is anything else to do. Returns its terminal's master, if it has one. Borrows the agent's end.
/// Errors: what the child reported; internal when it died in silence.
[[nodiscard]] Result<UniqueFd> wait_until_ready(int fd);

/// The agent's side.
class ParentChannel {
  public:
    ParentChannel(const asio::any_io_executor& executor, UniqueFd fd) : stream_(executor, fd.release()) {}

    /// Waits for the child to be ready. Returns its terminal's master, if it has one.
    /// Errors: what the child reported; internal when it died in silence.
    Task<UniqueFd> await_ready();
    [[nodiscard]] Status send_go();
    /// Waits for the child's exec. Errors: why exec failed.
    Task<void> await_exec();

  private:
    Task<ChildMessage> receive();

    asio::posix::stream_descriptor stream_;
};

} // namespace redoubt::guest::oci_runtime

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "common/async/event.hpp"
#include "common/base/strong_id.hpp"
#include "node-daemon/agent_client/agent_client.hpp"
#include "node-daemon/sandbox/process_session.hpp"

namespace redoubt::node::sandbox {

/// A process in a guest.
struct GuestProcess {
    ContainerId container;
    ExecId exec; ///< empty: the container's init
};

/// How far the output of a process has been read. Shared by its readers and by who waits for them.
struct OutputProgress {
    explicit OutputProgress(const asio::any_io_executor& executor) : changed(executor) {}

    int open = 0;            ///< streams still being read
    std::uint64_t bytes = 0; ///< of all streams
    AsyncEvent changed;      ///< pulsed by every read and every end
};

/// Receives output in order; awaited before more is read.
using OutputSink = std::function<asio::awaitable<void>(Output)>;

/// A stream of a process, and where to begin: with no offset, at what nobody has read; with one, behind the
/// bytes that an earlier daemon has brought into safety, and nothing that is given is lost with this one.
struct StreamPosition {
    OutputStream stream = OutputStream::standard_output;
    std::optional<std::uint64_t> offset = {};
};

/// Reads one stream of a process until its end, or until the guest cannot be asked any more.
/// The caller has counted it in `progress->open`; it is counted out when this ends.
asio::awaitable<void> read_output(std::shared_ptr<agent_client::AgentClient> agent, GuestProcess process,
                                  StreamPosition position, std::shared_ptr<OutputProgress> progress,
                                  OutputSink sink);

/// Waits until all streams have ended, or nothing more has come for `quiet`: a process that has ended may
/// have left children that hold its streams open.
asio::awaitable<void> drain_output(std::shared_ptr<OutputProgress> progress, Duration quiet);

} // namespace redoubt::node::sandbox

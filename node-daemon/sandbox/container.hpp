// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "common/async/async_mutex.hpp"
#include "common/async/event.hpp"
#include "node-daemon/sandbox/container_log.hpp"
#include "node-daemon/sandbox/container_spec.hpp"
#include "node-daemon/sandbox/output_feed.hpp"
#include "node-daemon/sandbox/pod_sandbox.hpp"
#include "node-daemon/store/records.hpp"

namespace redoubt::node::sandbox {

struct Node;
struct Pod;

/// A container of this node. Thread: main strand.
/// Shared by the node's table and by the coroutines at work on it, which may outlast its removal from the
/// table.
struct Container {
    Container(const asio::any_io_executor& executor, asio::thread_pool& pool, store::ContainerRecord row,
              ContainerSpec wanted, std::filesystem::path log_file, std::uint64_t log_max_bytes);

    store::ContainerRecord record; ///< state, times and end; record.state and state say the same
    ContainerSpec spec;
    std::vector<std::string> command;
    ContainerState state = ContainerState::created;
    ContainerLog log;
    std::shared_ptr<Pod> pod; ///< none: it is alone in its VM
    bool is_ready = false;    ///< its readiness probe says so, or it runs and has none
    /// Its VM, from the first step of a start until the last resource of it is gone.
    std::shared_ptr<PodSandbox> sandbox;
    std::list<std::shared_ptr<OutputFeed>> attached; ///< who follows its output
    bool is_being_removed = false;
    bool log_failed = false;     ///< said so already
    bool is_restarting = false;  ///< its restart policy is at work on it
    unsigned short_runs = 0;     ///< restarts in a row that ended soon
    bool is_kept_at_end = false; ///< somebody restarts it: its end is not to remove it
    AsyncMutex changes;          ///< one pause, update or renaming at a time
    AsyncMutex letting_go;       ///< held while the guest unmounts: nobody ends its VM meanwhile
    /// Pulsed on every change of state, of `sandbox` and of being removed.
    AsyncEvent changed;
};

/// True when a container may go from one state to the other:
///
///     created -> starting -> running -> stopping -> exited -> starting (again)
///                   |           '----------------------^
///                   '----------------------------------^
[[nodiscard]] bool is_legal(ContainerState from, ContainerState to);

/// Changes the state in memory. Errors: failed_precondition when that is not legal, saying what the container
/// is.
Status change_state(Container& container, ContainerState to);

/// The VM and agent of a container that runs, stopping ones among them.
/// Errors: failed_precondition "container 'web' is not running: it is exited".
[[nodiscard]] Result<std::shared_ptr<PodSandbox>> running_sandbox(const Container& container);

/// True from the first step of a start until the last step of the end.
[[nodiscard]] bool is_active(const Container& container);

[[nodiscard]] ContainerSummary summarize(const Node& node, const Container& container);

/// Waits until the container is exited or created and nothing of its sandbox is left.
/// Errors: cancelled, when the awaiting coroutine is.
Task<void> wait_until_ended(std::shared_ptr<Container> container);

} // namespace redoubt::node::sandbox

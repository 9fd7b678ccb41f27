// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// VMs that begin before anybody has asked for one: clones of a guest template that wait, in a network
/// namespace of their own, and know nothing of whom they will be given to (docs/adr/0034). Each has run a
/// container that does nothing, so that it does not learn how when somebody waits.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "common/async/event.hpp"
#include "common/async/task_scope.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/agent_client/agent_client.hpp"
#include "node-daemon/hypervisor/hypervisor.hpp"
#include "node-daemon/launch/plan.hpp"

namespace redoubt::node::sandbox {

struct Node;

/// A VM nobody has yet. Its name becomes that of the sandbox it is given to.
struct WaitingVm {
    SandboxId id;
    std::filesystem::path runtime_directory;
    launch::VmSpec spec;                     ///< with neither disks nor descriptors
    std::string kind;                        ///< of Hypervisor::kind_of()
    std::vector<std::vector<UniqueFd>> taps; ///< the queues of each interface
    std::shared_ptr<hypervisor::VirtualMachine> vm;
    std::shared_ptr<agent_client::AgentClient> agent;
};

/// What was asked for lately, and may be again.
struct ExpectedVm {
    launch::VmSpec spec;
    std::string kind;
    Clock::time_point asked_at;
};

/// The pool of a node. Thread: main strand.
struct VmPool {
    explicit VmPool(const asio::any_io_executor& executor) : tasks(executor), changed(executor) {}

    std::size_t size = 0;                            ///< VMs of each kind; 0: none wait
    std::uint64_t memory_bytes = 0;                  ///< that the guests which wait may have together
    Duration keep = std::chrono::minutes(10);        ///< how long one waits of a kind that nobody asks for
    Duration pause = std::chrono::milliseconds(300); ///< who was just started has the processors first

    std::list<std::shared_ptr<WaitingVm>> ready;
    std::list<ExpectedVm> expected; ///< the last asked for first
    bool is_filling = false;
    bool is_closed = false;
    Clock::time_point rests_until{}; ///< after a failure
    TaskScope tasks;
    AsyncEvent changed;
};

/// One that may be what the plan asks for, taken out of the pool: the caller's from here on, to be used or
/// put away. Null: there is none.
[[nodiscard]] std::shared_ptr<WaitingVm> take_waiting(Node& node, const launch::LaunchPlan& plan);

/// Whether it is what the whole specification asks for, interfaces and all.
[[nodiscard]] bool fits(Node& node, const WaitingVm& waiting, const launch::VmSpec& spec);

/// A VM like this was started as a clone: others are to wait.
void expect_another(Node& node, launch::VmSpec spec);

/// Ends it, and takes away what it has of the host. May be repeated. What cannot be taken away is logged, and
/// stays in the ledger.
asio::awaitable<void> put_away(Node& node, std::shared_ptr<WaitingVm> waiting);

/// Ends all that wait, and expects nothing any more.
asio::awaitable<void> empty_pool(Node& node);

/// The same for good; the daemon ends.
asio::awaitable<void> close_pool(Node& node);

} // namespace redoubt::node::sandbox

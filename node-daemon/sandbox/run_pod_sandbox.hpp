// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "common/async/async_unwind.hpp"
#include "common/async/task.hpp"
#include "node-daemon/launch/plan.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// A sandbox with a name of its own; where a VM of the pool is to be its, with the name of that, and `undo`
/// puts that away. It is the first to be pushed there.
std::shared_ptr<PodSandbox> make_sandbox(Node& node, std::shared_ptr<WaitingVm> waiting, AsyncUnwind& undo);

/// The guest's agent, when it is up. Errors: unavailable the VM has died trying; deadline_exceeded the time
/// that a boot may take is over.
Task<std::unique_ptr<agent_client::AgentClient>>
connect_agent(Node& node, std::shared_ptr<hypervisor::VirtualMachine> vm);

/// Boots the planned VM for a container that is STARTING, and makes the sandbox in the guest.
/// container->sandbox is set. Each step pushes on `undo` what takes it back. Errors: unavailable the VM could
/// not start or died; deadline_exceeded the guest did not boot in time, with the tail of its console; aborted
/// somebody ended the container meanwhile.
Task<void> run_pod_sandbox(Node& node, std::shared_ptr<Container> container, launch::LaunchPlan plan,
                           AsyncUnwind& undo);

/// The same for a sandbox that no one container owns: a pod's. `owner`: what the ledger calls its owner.
Task<void> run_sandbox(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner,
                       launch::LaunchPlan plan, AsyncUnwind& undo);

/// Fails with aborted when somebody wants the starting container ended.
Status check_not_ended(const PodSandbox& sandbox);

/// Writes the sandbox's row, unless it is being taken away.
Task<void> save_sandbox(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner);

/// The plan's storages as the agent is told them.
[[nodiscard]] std::vector<agent_client::Storage> make_storages(std::vector<launch::GuestStorage> planned);

/// Ends a sandbox and takes away all of it: VM, coroutines, folder, ledger entries, row. The guest is not
/// asked. What cannot be taken away is logged and stays in the ledger for the next start of the daemon.
asio::awaitable<void> destroy_pod_sandbox(Node& node, std::shared_ptr<PodSandbox> sandbox);

} // namespace redoubt::node::sandbox

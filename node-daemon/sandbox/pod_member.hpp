// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A container's share of its pod's VM: how it gets in and out. The rest of its life is as that of any
/// container.

#include <memory>

#include "common/async/async_unwind.hpp"
#include "node-daemon/sandbox/pod.hpp"

namespace redoubt::node::sandbox {

/// Gives a container that is STARTING a place in its pod's VM, which is booted if need be: container->sandbox
/// gets the VM's name and a slot. `undo` takes it back. Errors: those of run_pod_sandbox.
Task<void> enter_pod(Node& node, std::shared_ptr<Container> container, AsyncUnwind& undo);

/// Plugs in its disks, and keeps what the plan made of it.
Task<void> join_pod(Node& node, std::shared_ptr<Container> container, std::vector<launch::DiskSpec> disks);

/// Takes away what a container has in its pod's VM: processes, mounts, disks, row. A guest that does not
/// answer is killed.
asio::awaitable<void> leave_pod(Node& node, std::shared_ptr<PodSandbox> sandbox);

/// Writes the container's row of the pod's VM.
Task<void> save_member(Node& node, std::shared_ptr<PodSandbox> sandbox);

/// Ends the container's processes, or, when the guest does not answer, its pod's VM, not before the others'
/// volumes are written. Errors: those of VirtualMachine::kill().
Task<void> end_member_by_force(Node& node, std::shared_ptr<Container> container);

/// A new link to the agent, for all containers of the pod.
Task<void> reconnect_pod(Node& node, std::shared_ptr<PodSandbox> sandbox);

/// Takes over the pod's VM from an earlier daemon. Errors: it is gone; nothing of it is left then.
Task<void> adopt_pod(Node& node, std::shared_ptr<Pod> pod);

/// Takes the pod's VM away unless something runs in it, or will.
asio::awaitable<void> release_pod(Node& node, std::shared_ptr<Pod> pod);

/// Takes the pod's VM away, with all that runs in it.
asio::awaitable<void> end_pod(Node& node, std::shared_ptr<Pod> pod);

} // namespace redoubt::node::sandbox

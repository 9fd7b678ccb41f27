// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/async/event.hpp"
#include "common/async/task_scope.hpp"
#include "common/oci/runtime_spec.hpp"
#include "node-daemon/agent_client/agent_client.hpp"
#include "node-daemon/hypervisor/hypervisor.hpp"
#include "node-daemon/sandbox/guest_output.hpp"
#include "node-daemon/sandbox/spec_json.hpp"

namespace redoubt::node::sandbox {

struct Pod;
struct WaitingVm;

/// The micro-VM of a container and the agent in it, or a container's share of its pod's. Thread: main strand.
/// Shared by its container, by the coroutines that watch it and by sessions; destroy_pod_sandbox() ends it
/// before that.
struct PodSandbox {
    PodSandbox(const asio::any_io_executor& executor, SandboxId name, std::filesystem::path directory)
        : id(std::move(name)), runtime_directory(std::move(directory)), changed(executor),
          output(std::make_shared<OutputProgress>(executor)), tasks(executor), probes(executor) {}

    SandboxId id;
    std::filesystem::path runtime_directory;
    SandboxFacts facts;
    oci::Spec container; ///< as the guest was told; what an exec inherits from
    /// None until launched or adopted. Shared by a pod's sandbox and those of its containers.
    std::shared_ptr<hypervisor::VirtualMachine> vm;
    /// The VM of the pool that it is to have, until it has it. Shared with what puts that away.
    std::shared_ptr<WaitingVm> waiting;
    int vmm_pid = 0; ///< of a VM to adopt
    std::string vmm_start_time;
    /// Shared with the calls in flight, as a lost link is replaced by a new one.
    std::shared_ptr<agent_client::AgentClient> agent;

    std::shared_ptr<Pod> pod; ///< whose VM a container shares; none: the VM is its own
    ContainerId member;       ///< that container
    std::uint32_t slot = 0;   ///< SCSI target of its disks
    bool is_of_pod = false;   ///< a pod's own

    /// Why somebody ended it from outside: "killed", "stopped while starting". Empty: nobody has.
    std::string end_reason;
    /// Why the guest does not answer just now; empty: it does.
    std::string trouble;
    bool out_of_memory = false;             ///< the guest killed a process of the container for memory
    bool is_draining = false;               ///< the process has ended: clients are given less patience
    bool has_network = false;               ///< from before it is made; its ports are taken
    bool is_gone = false;                   ///< nothing is left of it
    bool is_closed = false;                 ///< being destroyed: nothing more may be started in `tasks`
    AsyncEvent changed;                     ///< pulsed when one of the above changes
    std::shared_ptr<OutputProgress> output; ///< of the container's init
    int execs = 0;                          ///< asked of the guest, and their ends not heard of yet
    TaskScope tasks;                        ///< what reads the guest
    TaskScope probes; ///< what asks the container how it is; cancelled when that has ended
};

} // namespace redoubt::node::sandbox

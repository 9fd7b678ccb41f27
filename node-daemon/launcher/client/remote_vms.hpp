// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <utility>

#include "common/async/task_scope.hpp"
#include "node-daemon/hypervisor/qemu/vm_processes.hpp"
#include "node-daemon/launcher/client/caller.hpp"

namespace redoubt::node::launcher {

/// VM processes as the launcher starts and ends them.
class RemoteVms final : public hypervisor::qemu::VmProcesses {
  public:
    RemoteVms(const asio::any_io_executor& executor, Caller caller)
        : caller_(std::move(caller)), soon_(executor) {}

    /// What the launcher is and has.
    Task<Welcome> greet();

    /// "QEMU 11.1.3 by redoubt-launcher".
    Task<std::string> version() override;
    /// Errors also: internal the launcher made a VM of another level, which is ended.
    Task<hypervisor::qemu::Spawned> start(launch::VmSpec spec, std::vector<UniqueFd> descriptors) override;
    Task<hypervisor::qemu::ExitStatus> collect(hypervisor::VmRecord record) override;
    Task<void> kill(SandboxId id) override;
    void kill_soon(const SandboxId& id) override;
    Task<void> reap(SandboxId id) override;

    /// Returns when what kill_soon() began is done.
    asio::awaitable<void> close();

  private:
    Caller caller_;
    TaskScope soon_;
};

} // namespace redoubt::node::launcher

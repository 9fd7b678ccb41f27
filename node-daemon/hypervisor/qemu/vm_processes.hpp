// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/hypervisor/hypervisor.hpp"
#include "node-daemon/hypervisor/qemu/process.hpp"

namespace redoubt::node::hypervisor::qemu {

/// Who starts, ends and outlives QEMU processes for a daemon that may do none of that itself. Thread: main
/// strand. Lifetime: outlives every Machine.
class VmProcesses {
  public:
    virtual ~VmProcesses() = default;

    /// "QEMU 11.1.3". Errors: unavailable.
    virtual Task<std::string> version() = 0;
    /// Starts the VM, stopped before its first instruction, confined and under its ceiling. `descriptors`:
    /// those of make_command() in its order, without the one of /dev/kvm.
    /// Errors: unavailable; what the program or the host says; nothing is left then.
    virtual Task<Spawned> start(launch::VmSpec spec, std::vector<UniqueFd> descriptors) = 0;
    /// How a VM that has ended did so; empty when nobody knows.
    virtual Task<ExitStatus> collect(VmRecord record) = 0;
    /// SIGKILL, without waiting for the end; no error when it has ended.
    virtual Task<void> kill(SandboxId id) = 0;
    /// The same in the background.
    virtual void kill_soon(const SandboxId& id) = 0;
    /// Kills whatever is the sandbox's, and takes its control group away. No error when there is nothing.
    virtual Task<void> reap(SandboxId id) = 0;
};

} // namespace redoubt::node::hypervisor::qemu

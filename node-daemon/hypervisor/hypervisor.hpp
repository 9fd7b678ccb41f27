// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "common/async/task.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::hypervisor {

/// How a VM ended.
struct VmExit {
    bool is_clean = false; ///< the guest powered off by itself
    std::string reason; ///< "guest shut down", "qemu killed by signal 9", "qemu exited with 1: <last line of
                        ///< its stderr>"
    /// Of the container's process, where it was known by then: without a VM only.
    std::optional<int> exit_code = {};
};

/// What the store keeps to find a running VM again after a daemon restart.
struct VmRecord {
    SandboxId id;
    launch::IsolationLevel level = launch::IsolationLevel::vm;
    int pid = 0;
    std::string pid_start_time; ///< field 22 of /proc/PID/stat: a recycled pid is not ours
    std::filesystem::path runtime_directory;
};

/// A running VM, or what stands in its place at the levels without one: the monitor of a container, behind
/// whose socket an agent seems to answer. Thread: main strand. Destroying it neither stops the VM nor waits;
/// stop it with kill() first.
class VirtualMachine {
  public:
    virtual ~VirtualMachine() = default;

    [[nodiscard]] virtual VmRecord record() const = 0;
    /// Unix socket that carries the byte stream to the guest agent; may be connected to again after a
    /// disconnect.
    [[nodiscard]] virtual std::filesystem::path agent_socket() const = 0;
    /// What the guest kernel wrote to its console, last 16 KiB: for error reports.
    [[nodiscard]] virtual std::string console_tail() const = 0;

    /// Whether it began as a copy of a template's memory: then its guest has to be renewed before anything
    /// else is asked of it.
    [[nodiscard]] virtual bool is_clone() const { return false; }

    /// Hot-plugs a disk. Errors: not_found no such file; already_exists id or lun taken; unavailable VM gone.
    virtual Task<void> attach_disk(launch::DiskSpec disk) = 0;
    virtual Task<void> detach_disk(std::string disk_id) = 0;

    /// Tells the VM that the disk's file has become larger. Errors: not_found; unavailable VM gone.
    virtual Task<void> resize_disk(std::string disk_id, std::uint64_t size_bytes) = 0;

    /// Returns when the VM has ended, at once when it has; any number of waiters.
    virtual Task<VmExit> wait() = 0;
    /// Ends the VM now, without the guest's help, and returns when its process is gone. No error when already
    /// gone.
    virtual Task<void> kill() = 0;
};

/// The engine of an isolation level: starts what its sandboxes run in. Thread: main strand. What it started
/// outlives the daemon.
class Hypervisor {
  public:
    virtual ~Hypervisor() = default;

    /// For NodeInfo: "QEMU 11.1.3".
    virtual Task<std::string> version() = 0;
    /// Starts the VM; returns when its control socket answers, without waiting for the guest to boot.
    /// Errors: unavailable with the VMM's own message when it cannot start; everything it made is undone.
    virtual Task<std::unique_ptr<VirtualMachine>> launch(launch::VmSpec spec) = 0;
    /// What VMs have in common of which one may be begun before it is known for whom: launch() makes clones
    /// of them, and one of the same kind is as good as another. Neither disks nor names are of it. Errors:
    /// failed_precondition VMs like that boot; those of looking at the files.
    [[nodiscard]] virtual Result<std::string> kind_of(const launch::VmSpec& spec) const {
        return fail(Code::failed_precondition, "{} is no clone of anything", spec.id);
    }
    /// Takes over a VM that an earlier daemon process started. Errors: not_found when it is gone.
    virtual Task<std::unique_ptr<VirtualMachine>> adopt(VmRecord record) = 0;
    /// Kills what an earlier daemon process started for this sandbox, also when it was killed before it could
    /// keep a record. No error when there is nothing. Errors: deadline_exceeded it does not end.
    virtual Task<void> reap(SandboxId id) = 0;
};

} // namespace redoubt::node::hypervisor

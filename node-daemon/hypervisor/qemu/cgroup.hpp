// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/error.hpp"
#include "common/base/strong_id.hpp"

namespace redoubt::node::hypervisor::qemu {

/// What a VM's process may use at most, all it does included.
struct Ceiling {
    std::uint64_t memory_bytes = 0;
    std::uint64_t tasks = 0; ///< threads
};

/// For a guest of that size: what the emulator takes beside is bounded generously, as who hits the ceiling is
/// killed.
[[nodiscard]] Ceiling ceiling_of(std::uint64_t guest_memory_bytes, std::uint32_t vcpus);

/// A control group a VM, its name made from the sandbox's. Where systemd runs, a transient scope in
/// redoubt.slice, else a group of cgroup v2 or v1 at the top of its hierarchy. Thread: any, and all of it
/// blocks.
class VmGroups {
  public:
    /// `mounts`: /proc/self/mountinfo or a test's; `system`: the folder that is there where systemd runs.
    explicit VmGroups(const std::filesystem::path& mounts = "/proc/self/mountinfo",
                      const std::filesystem::path& system = "/run/systemd/system");

    /// Whether groups can be made here. Errors: those of add(), without a process.
    [[nodiscard]] Status check() const;
    /// Puts the process, with all its threads, into a new group. Errors: failed_precondition this host has no
    /// controller of memory; those of systemd and of the kernel.
    [[nodiscard]] Status add(const SandboxId& id, pid_t pid, const Ceiling& ceiling) const;
    /// The group of a VM that has ended; no error when there is none. A scope goes by itself.
    [[nodiscard]] Status remove(const SandboxId& id) const;

  private:
    enum class Kind : std::uint8_t { none, scope, unified, legacy };

    [[nodiscard]] Status make_plain(const SandboxId& id, const Ceiling& ceiling) const;

    Kind kind_ = Kind::none;
    std::filesystem::path hierarchy_; ///< of cgroup v2, or of v1's controller of memory
};

/// Has systemd make the scope and waits until the process is in it. `bus`: its address; empty: the system's.
[[nodiscard]] Status start_scope(const std::string& bus, const std::string& name, pid_t pid,
                                 const Ceiling& ceiling);

} // namespace redoubt::node::hypervisor::qemu

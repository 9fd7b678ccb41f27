// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task_scope.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/hypervisor/hypervisor.hpp"
#include "node-daemon/hypervisor/qemu/cgroup.hpp"
#include "node-daemon/hypervisor/qemu/process.hpp"
#include "node-daemon/hypervisor/qemu/templates.hpp"
#include "node-daemon/hypervisor/qemu/vm_processes.hpp"

namespace redoubt::node::hypervisor::qemu {

class Machine;

struct QemuSettings {
    std::filesystem::path program = "/usr/bin/qemu-system-x86_64";
    /// Account QEMU runs as. It gets every file and socket as an open descriptor, so it needs access to no
    /// path but the guest kernel's and initramfs's own permission bits. None: the daemon's own account,
    /// without capabilities.
    std::optional<Identity> run_as;
    /// How far it is kept from the host beside that; what is possible here choose_isolation() finds.
    Isolation isolation = Isolation::none;
    /// Where its memory has a ceiling. None: nowhere.
    std::optional<VmGroups> groups;
    /// Guest templates that are kept at most; 0: every VM boots.
    std::size_t most_templates = 0;
    /// How long the making of one may take, for which the start that makes it waits; then that boots. Twice
    /// that under emulation.
    Duration template_limit = std::chrono::seconds(30);
    /// Who starts and ends VMs instead of this process; borrowed. Then all of the above is theirs.
    VmProcesses* keeper = nullptr;
};

/// VMs as QEMU processes on its microvm machine. The process outlives the daemon; a later daemon adopts it.
/// Lifetime: outlives the io_context's last run, as coroutines that watch VMs belong to it; or close() and
/// await it.
class QemuHypervisor final : public Hypervisor {
  public:
    QemuHypervisor(const asio::any_io_executor& executor, QemuSettings settings);

    Task<std::string> version() override;
    Task<std::unique_ptr<VirtualMachine>> launch(launch::VmSpec spec) override;
    [[nodiscard]] Result<std::string> kind_of(const launch::VmSpec& spec) const override;
    Task<std::unique_ptr<VirtualMachine>> adopt(VmRecord record) override;
    Task<void> reap(SandboxId id) override;

    /// Starts QEMU, for its version alone, as far from the host as this host lets it be; VMs will be as far.
    /// Called before the first of them.
    Task<Isolation> choose_isolation();

    /// Stops watching VMs, which go on. Every VirtualMachine should be gone by then.
    asio::awaitable<void> close();

  private:
    /// Starts QEMU so for its version alone, which is kept.
    Task<void> try_start(Isolation isolation, std::optional<Identity> run_as);
    Task<Spawned> start_by_keeper(launch::VmSpec spec, Result<std::vector<UniqueFd>> descriptors);
    Task<void> join_group(SandboxId id, int pid, Ceiling ceiling);
    void leave_group_at_end(Machine& machine) const;
    /// Starts its process and lets it run, from `devices` on when given.
    Task<std::shared_ptr<Machine>> start(launch::VmSpec spec, UniqueFd devices);
    /// Starts it, without its disks, where a template of its kind was stopped; makes that template first
    /// where nobody has. Errors: whatever was in the way; the VM may still be booted.
    Task<std::shared_ptr<Machine>> try_clone(launch::VmSpec spec);
    [[nodiscard]] bool may_be_clone(const launch::VmSpec& spec) const;
    Task<std::shared_ptr<Machine>> start_clone(launch::VmSpec spec,
                                               std::shared_ptr<const GuestTemplate> from);
    /// Errors: not_found somebody is making it, or it cannot be made.
    Task<std::shared_ptr<const GuestTemplate>> find_template(launch::VmSpec spec, std::string key);
    Task<GuestTemplate> make_template(launch::VmSpec spec);

    asio::any_io_executor executor_;
    asio::thread_pool blocking_{1}; ///< for calls to systemd and to the kernel's control groups
    QemuSettings settings_;
    std::string version_; ///< empty until asked
    Templates templates_;
    TaskScope watchers_;
};

} // namespace redoubt::node::hypervisor::qemu

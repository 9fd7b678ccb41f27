// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/async/task_scope.hpp"
#include "node-daemon/hypervisor/hypervisor.hpp"

namespace redoubt::node::hypervisor::monitor {

struct MonitorSettings {
    std::filesystem::path monitor = "/usr/lib/redoubt/redoubt-monitor";
    std::filesystem::path runc = "/usr/sbin/runc";
    std::filesystem::path runsc = "/usr/bin/runsc";
    std::string gvisor_platform = "systrap";
    bool is_allowed = true; ///< false: this daemon may not make what a container of the host needs
};

/// Sandboxes without a VM: each is a monitor process, which speaks as a VM's agent does and outlives the
/// daemon. It is the first of a PID namespace: killing it ends the container, its processes and its mounts.
/// Lifetime: as QemuHypervisor.
class MonitorEngine final : public Hypervisor {
  public:
    MonitorEngine(const asio::any_io_executor& executor, MonitorSettings settings);

    /// Errors: unimplemented: there are two programs, which the host's checks name.
    Task<std::string> version() override;
    /// Errors: failed_precondition the level's program is not installed, or the daemon has not the rights.
    Task<std::unique_ptr<VirtualMachine>> launch(launch::VmSpec spec) override;
    Task<std::unique_ptr<VirtualMachine>> adopt(VmRecord record) override;
    Task<void> reap(SandboxId id) override;

    /// Stops watching monitors, which go on.
    asio::awaitable<void> close();

  private:
    asio::any_io_executor executor_;
    MonitorSettings settings_;
    TaskScope watchers_;
};

/// Every level behind one port: a VM for a level that has one, a monitor for the others.
class LevelHypervisor final : public Hypervisor {
  public:
    /// Borrows both, for its life.
    LevelHypervisor(Hypervisor& machines, Hypervisor& monitors) : machines_(machines), monitors_(monitors) {}

    Task<std::string> version() override { return machines_.version(); }
    Task<std::unique_ptr<VirtualMachine>> launch(launch::VmSpec spec) override;
    [[nodiscard]] Result<std::string> kind_of(const launch::VmSpec& spec) const override {
        return machines_.kind_of(spec);
    }
    Task<std::unique_ptr<VirtualMachine>> adopt(VmRecord record) override;
    Task<void> reap(SandboxId id) override;

  private:
    Hypervisor& engine_of(launch::IsolationLevel level) {
        return launch::is_on_host(level) ? monitors_ : machines_;
    }

    Hypervisor& machines_;
    Hypervisor& monitors_;
};

} // namespace redoubt::node::hypervisor::monitor

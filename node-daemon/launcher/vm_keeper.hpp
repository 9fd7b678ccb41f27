// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/async/event.hpp"
#include "common/async/task_scope.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/hypervisor/qemu/process.hpp"
#include "node-daemon/hypervisor/qemu/qemu_hypervisor.hpp"
#include "node-daemon/launch/confidential_launch.hpp"
#include "node-daemon/launcher/protocol/messages.hpp"

namespace redoubt::node::launcher {

struct NewVm {
    VmStarted answer;
    std::vector<UniqueFd> descriptors;
};

/// Starts VMs, is their processes' parent, and ends them. Thread: main strand. What it started outlives it; a
/// later one ends it by its name and account, but nobody knows then how it ended.
class VmKeeper {
  public:
    /// `means`: of the launcher's own configuration.
    VmKeeper(const asio::any_io_executor& executor, hypervisor::qemu::QemuSettings settings,
             launch::ConfidentialMeans means = {});

    /// As the request says, with this program, account and simulator. Errors: invalid_argument naming what
    /// may not be; failed_precondition a confidential VM, and its processor is not here; already_exists;
    /// those of the program and the host.
    Task<NewVm> start(StartVm request, std::vector<UniqueFd> descriptors);
    /// Waits for the end of the process. Errors: not_found.
    Task<VmEnded> collect(CollectVm request);
    Status kill(const SandboxId& sandbox) const;
    /// Errors: deadline_exceeded.
    Task<void> reap(SandboxId sandbox);

    /// Stops watching VMs, which go on.
    asio::awaitable<void> close();

  private:
    struct Kept;
    /// Of whom; the numbers of processes come again.
    using Key = std::pair<SandboxId, std::uint32_t>;

    asio::awaitable<void> watch(std::shared_ptr<Kept> kept);
    Task<void> join_group(SandboxId sandbox, pid_t pid, hypervisor::qemu::Ceiling ceiling);
    Task<void> leave_group(SandboxId sandbox);
    Task<void> leave_group_in_time(SandboxId sandbox, Duration limit);
    [[nodiscard]] std::optional<uid_t> owner() const;
    void forget_oldest();

    asio::any_io_executor executor_;
    asio::thread_pool blocking_{1}; ///< for calls to systemd and to the kernel's control groups
    hypervisor::qemu::QemuSettings settings_;
    launch::ConfidentialMeans means_;
    std::map<Key, std::shared_ptr<Kept>> kept_;
    std::uint64_t started_ = 0;
    TaskScope watchers_;
};

} // namespace redoubt::node::launcher

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/strong_id.hpp"
#include "guest-image/agent/mount/storage_mounter.hpp"
#include "guest-image/agent/process/child_reaper.hpp"
#include "guest-image/agent/sandbox/container.hpp"
#include "guest-image/agent/sandbox/oom_watcher.hpp"
#include "guest-image/agent/sandbox/requests.hpp"
#include "guest-image/oci_runtime/launch.hpp"

namespace redoubt::guest::sandbox {

struct SandboxOptions {
    /// Where bundles, storages and everything the host names must lie. Exists.
    std::filesystem::path base = "/run/kata-containers";
    /// The folder of the containers' cgroups. Nothing: containers have no limits. Only for tests outside of a
    /// VM: PID 1 never runs without.
    std::optional<std::filesystem::path> cgroups;
    Duration hotplug_timeout = std::chrono::seconds(10);
};

/// The one sandbox of a guest: its containers and what they share. One file per use case beside this one.
/// Errors of all calls: not_found for a container or process that does not exist, invalid_argument for ids
/// and requests. Thread: one strand. Lifetime: outlives the calls in flight; borrows the reaper.
class Sandbox {
  public:
    static Result<std::unique_ptr<Sandbox>> open(const asio::any_io_executor& executor,
                                                 SandboxOptions options, process::ChildReaper& reaper);

    /// Errors: already_exists the second time.
    Task<void> create(SandboxRequest request);
    /// Kills everything and lets go of all storages.
    Task<void> destroy();

    Task<void> create_container(ContainerRequest request);
    Task<void> start_container(ContainerId id);
    /// Kills what still runs, waits for it at most `timeout` (0: for ever), and forgets the container.
    Task<void> remove_container(ContainerId id, std::chrono::seconds timeout);
    Task<void> exec_process(ContainerId id, ExecId exec, oci::Process process);

    /// An empty `exec` is the container's init. SIGKILL to init is for the whole container; SIGTERM becomes
    /// SIGKILL when init does not handle it, since the kernel would drop it.
    [[nodiscard]] Status signal_process(const ContainerId& id, const ExecId& exec, int signal);
    [[nodiscard]] Result<std::shared_ptr<Process>> find_process(const ContainerId& id,
                                                                const ExecId& exec) const;

    [[nodiscard]] Result<oci_runtime::CgroupUsage> stats(const ContainerId& id) const;
    [[nodiscard]] Status update_container(const ContainerId& id, const oci::Resources& resources);
    [[nodiscard]] Status pause_container(const ContainerId& id);
    [[nodiscard]] Status resume_container(const ContainerId& id);

    OomWatcher& oom_watcher() { return oom_watcher_; }

  private:
    Sandbox(asio::any_io_executor executor, SandboxOptions options, process::ChildReaper& reaper,
            mount::StorageMounter mounter, OomWatcher oom_watcher);

    [[nodiscard]] Result<std::shared_ptr<Container>> find(const ContainerId& id) const;
    [[nodiscard]] Result<const oci_runtime::Cgroup*> cgroup_of(const ContainerId& id) const;

    Task<void> build(std::shared_ptr<Container> container, ContainerRequest request);
    Task<void> acquire_storages(std::shared_ptr<Container> container, std::vector<mount::Storage> storages);
    Status make_cgroup(Container& container);
    Task<void> launch_init(std::shared_ptr<Container> container, PidSharing pids);
    Status write_shared_files(const SandboxRequest& request) const;
    void add_shared_files(oci::Spec& spec) const;
    Result<std::vector<UniqueFd>> open_bind_sources(const oci::Spec& spec) const;
    std::shared_ptr<Process> adopt(oci_runtime::Launch& launch, process::StreamEnds streams,
                                   std::move_only_function<void()> on_end);
    void kill(const Container& container) const;
    asio::awaitable<void> wait_for_end(std::shared_ptr<Container> container,
                                       Clock::time_point deadline) const;
    asio::awaitable<void> settle(std::shared_ptr<Container> container) const;
    Status tear_down(Container& container);

    asio::any_io_executor executor_;
    SandboxOptions options_;
    process::ChildReaper& reaper_;
    mount::StorageMounter mounter_;
    OomWatcher oom_watcher_;
    std::optional<SandboxRequest> request_;
    std::vector<oci_runtime::SharedNamespace> shared_;
    std::optional<oci_runtime::SharedNamespace> shared_pids_;
    std::map<ContainerId, std::shared_ptr<Container>> containers_;
};

} // namespace redoubt::guest::sandbox

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
#include "common/containers/container_access.hpp"
#include "common/process/child_reaper.hpp"
#include "guest-image/agent/mount/placed_file.hpp"
#include "guest-image/agent/mount/storage_mounter.hpp"
#include "guest-image/agent/mount/volume.hpp"
#include "guest-image/agent/sandbox/container.hpp"
#include "guest-image/agent/sandbox/keyed_work.hpp"
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
    int pipe_bytes = 0; ///< of the processes' standard streams; 0: the kernel's own choice
    /// Borrowed. Null: this agent is one without.
    KeyedWork* keyed_work = nullptr;
};

/// A file of a document that the node brings to its containers.
struct ConfigFile {
    std::string path; ///< relative, without ".."
    std::uint32_t mode = 0644;
    std::string bytes;
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
    [[nodiscard]] bool is_created() const { return request_.has_value(); }
    /// Kills everything and lets go of all storages.
    Task<void> destroy();

    /// Makes a sandbox of its own with that container, runs it to its end and takes both away. The
    /// container's root is the guest's, changed by nothing. Errors: failed_precondition there is a sandbox
    /// already; those of the calls below. What went wrong leaves nothing either.
    Task<void> rehearse(ContainerRequest request);

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

    /// A container that runs, to look into. Errors: failed_precondition it does not run.
    [[nodiscard]] Result<containers::RunningContainer> running_container(const ContainerId& id) const;

    /// The container whose control group, or one made below it, has this identity: the inode of its folder.
    /// Errors: not_found it is nobody's, or of one that is gone.
    [[nodiscard]] Result<std::shared_ptr<const Container>> find_by_cgroup(std::uint64_t cgroup) const;

    [[nodiscard]] Result<oci_runtime::CgroupUsage> stats(const ContainerId& id) const;
    [[nodiscard]] Status update_container(const ContainerId& id, const oci::Resources& resources);
    [[nodiscard]] Status pause_container(const ContainerId& id);
    [[nodiscard]] Status resume_container(const ContainerId& id);

    /// Changes the options of ephemeral storages that are mounted.
    [[nodiscard]] Status update_ephemeral_mounts(std::vector<mount::Storage> storages);
    /// `path` is an absolute one below the run folder, as in all calls of this kind.
    [[nodiscard]] Result<mount::VolumeUsage> volume_usage(const std::string& path) const;
    /// Grows an ext4 volume to `size` bytes, or with its disk for 0.
    [[nodiscard]] Status resize_volume(const std::string& path, std::uint64_t size) const;
    /// Errors: invalid_argument for a path that is not below the folder of placed files.
    [[nodiscard]] Status place_file(mount::PlacedFile file) const;
    /// Puts files where containers may bind them: base/sandbox/config/NAME. Errors: failed_precondition there
    /// is no sandbox yet.
    [[nodiscard]] Status put_document(const std::string& name, const std::vector<ConfigFile>& files) const;
    /// `driver` and `disk` as of a storage. Errors: deadline_exceeded when the disk does not come.
    Task<void> add_swap(std::string driver, std::string disk);
    /// The end of what a container has written to its termination message's file.
    /// Errors: failed_precondition when it has no such file.
    [[nodiscard]] Result<std::string> termination_message(const ContainerId& id) const;

    [[nodiscard]] KeyedWork* keyed_work() const { return options_.keyed_work; }
    [[nodiscard]] Duration hotplug_timeout() const { return options_.hotplug_timeout; }
    OomWatcher& oom_watcher() { return oom_watcher_; }
    /// Runs until cancelled.
    asio::awaitable<void> keep_copies_current() { return mounter_.keep_copies_current(); }

  private:
    Sandbox(asio::any_io_executor executor, SandboxOptions options, process::ChildReaper& reaper,
            mount::StorageMounter mounter, OomWatcher oom_watcher);

    [[nodiscard]] Result<std::shared_ptr<Container>> find(const ContainerId& id) const;
    [[nodiscard]] Result<const oci_runtime::Cgroup*> cgroup_of(const ContainerId& id) const;

    Task<void> build(std::shared_ptr<Container> container, ContainerRequest request);
    Task<void> fill_volumes(std::shared_ptr<Container> container);
    Task<void> acquire_storages(std::shared_ptr<Container> container, std::vector<mount::Storage> storages);
    Task<void> open_volume(mount::Storage storage, std::string uri);
    Task<void> pull_image(std::shared_ptr<Container> container, mount::Storage storage);
    Task<void> pull_checked(std::shared_ptr<Container> container, mount::Storage storage);
    Task<void> add_devices(std::shared_ptr<Container> container, std::vector<DeviceRequest> devices);
    Task<void> add_shared_mounts(std::shared_ptr<Container> container, std::vector<SharedMount> mounts);
    Status make_room_for_exec(Container& container) const;
    Status make_cgroup(Container& container);
    Task<void> launch_init(std::shared_ptr<Container> container, PidSharing pids);
    Status write_shared_files(const SandboxRequest& request) const;
    void add_shared_files(oci::Spec& spec) const;
    Result<std::vector<UniqueFd>> open_bind_sources(const oci::Spec& spec) const;
    std::shared_ptr<Process> adopt(oci_runtime::Launch& launch, process::StreamEnds streams,
                                   std::move_only_function<void()> on_end);
    Task<void> run_to_its_end(ContainerRequest request);
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

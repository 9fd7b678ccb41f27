// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/async_mutex.hpp"
#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "common/base/strong_id.hpp"
#include "common/containers/container_access.hpp"
#include "common/oci/runtime_spec.hpp"
#include "common/process/child_reaper.hpp"
#include "common/process/process.hpp"
#include "node-daemon/runtime/child.hpp"
#include "node-daemon/runtime/host_mounts.hpp"
#include "node-daemon/runtime/prepare_spec.hpp"
#include "node-daemon/runtime/runtime_command.hpp"

namespace redoubt::node::runtime {

using process::Process;

struct InterfaceCounters {
    std::string name;
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
};
/// Of the text of a /proc/PID/net/dev; lines that are none are skipped. Pure.
[[nodiscard]] std::vector<InterfaceCounters> parse_interface_counters(std::string_view text);

/// What the monitor leaves in its folder when the container's process has ended: its exit code, as text.
inline constexpr auto k_exit_file = "exit-code";

/// The one container of a monitor, made by runc or runsc. It means the same as a container in a guest, call
/// by call; one file per use case beside this one. The process it runs in is the first of a PID namespace and
/// has a mount namespace of its own, so that nothing of the container outlives it.
/// Errors of all calls: not_found another container, or none yet; what the runtime said, in words.
/// Thread: one strand. Lifetime: outlives the calls in flight; borrows the reaper.
class HostContainer {
  public:
    HostContainer(asio::any_io_executor executor, RuntimeCommand::Settings settings,
                  process::ChildReaper& reaper);

    [[nodiscard]] bool is_gvisor() const { return command_.is_gvisor(); }
    /// What the files in /etc will say.
    void set_host_files(HostFiles files) { files_ = std::move(files); }

    /// Errors: already_exists the second time.
    Task<void> create(ContainerId id, oci::Spec spec, std::vector<HostStorage> storages);
    Task<void> start(ContainerId id);
    /// Kills what still runs, waits for it at most `timeout` (0: for ever), and lets go of all storages.
    Task<void> remove(ContainerId id, std::chrono::seconds timeout);
    Task<void> exec(ContainerId id, ExecId exec, oci::Process process);

    /// An empty `exec` is the container's init.
    Task<void> signal(ContainerId id, ExecId exec, int number);
    [[nodiscard]] Result<std::shared_ptr<Process>> find_process(const ContainerId& id,
                                                                const ExecId& exec) const;

    Task<UsageReport> stats(ContainerId id);
    /// Errors: failed_precondition the runtime cannot change what runs.
    Task<void> update(ContainerId id, oci::Resources resources);
    /// No error when it is so already.
    Task<void> pause(ContainerId id);
    Task<void> resume(ContainerId id);
    /// Waits until the kernel has killed a process of the container for want of memory.
    Task<ContainerId> next_out_of_memory();

    /// Of the container's network; empty when it cannot be seen.
    [[nodiscard]] std::vector<InterfaceCounters> interface_counters() const;
    [[nodiscard]] Result<containers::RunningContainer> running(const ContainerId& id) const;
    Task<std::vector<containers::ProcessInfo>> list_processes(ContainerId id);
    /// Grows the volume mounted there to the size of its file.
    [[nodiscard]] Status grow_volume(const std::string& mount_point) const {
        return mounts_.grow(mount_point);
    }

  private:
    enum class State : std::uint8_t { none, creating, created, running, removed };
    struct Exec {
        std::shared_ptr<Process> process;
        std::filesystem::path pid_file; ///< of the process itself
    };

    [[nodiscard]] Status expect(const ContainerId& id) const;
    Task<void> build(std::vector<HostStorage> storages);
    Task<void> prepare();
    Status make_view();
    Task<void> call_create();
    Status adopt_init(process::StreamEnds streams, UniqueFd terminal);
    void end_init(int wait_status);
    void look_for_memory();
    /// Calls the runtime; its log says what went wrong.
    Task<ProgramOutcome> call(std::string verb, Arguments arguments, std::string input = {});
    [[nodiscard]] Error explain(const std::string& verb) const;
    void forget_log() const;
    Task<void> signal_init(int number);
    Task<void> begin_exec(ExecId exec, oci::Process process);
    Task<void> await_exec(ExecId exec);
    Status make_room_for_exec();

    asio::any_io_executor executor_;
    RuntimeCommand::Settings settings_;
    RuntimeCommand command_;
    process::ChildReaper& reaper_;
    HostMounts mounts_;
    HostFiles files_;
    State state_ = State::none;
    ContainerId id_;
    oci::Spec spec_;
    std::optional<containers::Layers> layers_;
    std::shared_ptr<Process> init_;
    std::filesystem::path memory_events_; ///< the file in which the kernel counts kills for memory
    std::uint64_t kills_for_memory_ = 0;  ///< seen so far
    bool has_memory_event_ = false;       ///< that nobody has been told of
    AsyncEvent memory_event_;
    bool is_paused_ = false;
    AsyncMutex calls_; ///< of the runtime, whose log is one file
    std::map<ExecId, Exec> execs_;
    std::vector<ExecId> exec_order_; ///< oldest first
};

} // namespace redoubt::node::runtime

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/async/event.hpp"
#include "common/async/task_scope.hpp"
#include "node-daemon/hypervisor/hypervisor.hpp"
#include "node-daemon/hypervisor/qemu/byte_tail.hpp"
#include "node-daemon/hypervisor/qemu/process.hpp"
#include "node-daemon/hypervisor/qemu/qmp_session.hpp"
#include "node-daemon/hypervisor/qemu/vm_processes.hpp"

namespace redoubt::node::hypervisor::qemu {

/// How long QEMU may take for a command; generous, as emulated guests can starve its main loop.
inline constexpr Duration k_command_limit = std::chrono::seconds(30);

/// One QEMU process: its control connection, its console, its end.
/// Shared by the VirtualMachine handle and by the coroutines that watch the process; it goes with the last of
/// them.
class Machine : public std::enable_shared_from_this<Machine> {
  public:
    /// `keeper`: who may end the process, when that is not this one; else null.
    Machine(const asio::any_io_executor& executor, VmRecord record, ProcessHandle process,
            VmProcesses* keeper);

    /// Begins to watch the process and, when given, its output. The coroutines run in `scope`.
    void watch(TaskScope& scope, UniqueFd output);
    /// Done once, when the process has ended and before wait() says so: what was made for it alone goes.
    void at_end(std::function<asio::awaitable<void>()> clean_up) { clean_up_ = std::move(clean_up); }
    /// Opens control connection and console. Errors: unavailable, with QEMU's last words when it has ended.
    Task<void> connect(TaskScope& scope);
    /// Returns when the guest has opened the agent's port. Errors: unavailable it has ended.
    Task<void> wait_until_agent_listens();
    /// Awaits what a running VM has to do. Errors: those of `step`; unavailable its process is stopped by a
    /// signal meanwhile.
    Task<void> unless_it_stands_still(Task<void> step);
    /// Stops the guest for good, and writes to `file` what it is but for its memory, which is shared.
    Task<void> save_devices(UniqueFd file);
    /// Lets a stopped machine run; no error when it runs.
    Task<void> resume();
    /// Learns which disks are attached: for a machine that another daemon process started.
    Task<void> learn_disks();

    [[nodiscard]] const VmRecord& record() const { return record_; }
    [[nodiscard]] std::string console_tail() const { return console_.text(); }
    void note_disk(const launch::DiskSpec& disk) { luns_[disk.id] = place_of(disk); }

    Task<void> attach_disk(launch::DiskSpec disk);
    Task<void> detach_disk(std::string disk_id);
    Task<void> resize_disk(std::string disk_id, std::uint64_t size_bytes);
    Task<VmExit> wait();
    Task<void> kill();
    /// SIGKILL without waiting.
    void kill_now();
    /// connect() and resume() of a machine that was just started; with `devices`, a file of save_devices(),
    /// it goes on where that one was stopped. Errors: theirs; unavailable when its process is stopped by a
    /// signal meanwhile.
    Task<void> begin(TaskScope& scope, UniqueFd devices = {});
    /// Ends a machine that failed for the reason given, and says why: how it ended when it did so by itself,
    /// else the reason and what QEMU last complained about.
    Task<std::string> last_words(std::string reason);
    /// Gives up the control connection and the console, so that another daemon process can have them.
    void disconnect();

  private:
    void on_event(const QmpEvent& event);
    Task<void> load_devices(UniqueFd file);
    Task<void> move_devices(std::string command, UniqueFd file);
    Task<void> wait_for_migration();
    asio::awaitable<void> watch_process();
    asio::awaitable<void> read_output();
    asio::awaitable<void> read_console();
    asio::awaitable<ExitStatus> collect_status();
    asio::awaitable<void> drain();
    [[nodiscard]] VmExit describe_exit(const ExitStatus& status) const;
    [[nodiscard]] Error gone() const;
    /// Where a disk is on the bus: its target, its lun.
    using Place = std::pair<std::uint32_t, std::uint32_t>;
    [[nodiscard]] static Place place_of(const launch::DiskSpec& disk) { return {disk.target, disk.lun}; }
    Task<std::uint32_t> device_number(std::string device, std::string property);
    /// Hands QEMU an open file; it is /dev/fdset/NUMBER there.
    Task<std::int64_t> add_descriptor(UniqueFd file);
    Task<void> add_block_node(launch::DiskSpec disk);
    Task<void> remove_block_node(std::string disk_id);
    Task<void> wait_until_deleted(std::string device);
    Task<void> wait_until_ended();

    std::function<asio::awaitable<void>()> clean_up_;
    VmRecord record_;
    ProcessHandle process_;
    VmProcesses* keeper_;
    asio::posix::stream_descriptor exit_watch_;
    asio::posix::stream_descriptor output_stream_;
    asio::local::stream_protocol::socket console_socket_;
    std::shared_ptr<QmpSession> qmp_; ///< shared with its receive()
    ByteTail output_{8192};
    ByteTail console_{16384};
    std::map<std::string, Place> luns_; ///< by disk id
    std::string deleted_device_;        ///< of the last DEVICE_DELETED
    AsyncEvent device_deleted_;
    AsyncEvent agent_listens_;
    std::string migration_status_; ///< of the last MIGRATION
    AsyncEvent migration_changed_;
    bool is_being_saved_ = false;
    std::string shutdown_reason_; ///< of SHUTDOWN, e.g. "guest-reset"
    bool is_stuck_ = false;       ///< QEMU stopped the guest by itself
    int open_streams_ = 0;        ///< output, console and control connection still being read
    AsyncEvent stream_ended_;
    std::optional<VmExit> exit_;
    AsyncEvent ended_;
};

} // namespace redoubt::node::hypervisor::qemu

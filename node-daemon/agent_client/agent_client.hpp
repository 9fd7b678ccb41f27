// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/strong_id.hpp"
#include "common/oci/runtime_spec.hpp"
#include "node-daemon/launch/guest_files.hpp"
#include "node-daemon/launch/guest_network.hpp"
#include "node-daemon/launch/pod_volume.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::agent_client {

/// A mount the agent makes before a container is created. Shape and drivers: Kata agent.proto, Storage.
struct Storage {
    std::string driver; ///< scsi, overlayfs, ephemeral...
    std::vector<std::string> driver_options;
    std::string source;
    std::string fstype;
    std::vector<std::string> options;
    std::string mount_point;
};

struct SandboxSpec {
    SandboxId id;
    std::string hostname;
    std::vector<std::string> dns; ///< lines of the containers' resolv.conf
    std::vector<Storage> storages;
};

/// What a clone of a guest template is given before anything else: agent API, redoubt.agent.v1.Renewal.
struct GuestRenewal {
    struct Interface {
        std::string template_mac;
        std::string mac;
    };
    std::string seed; ///< random, for this guest alone
    std::chrono::system_clock::time_point now;
    std::vector<Interface> interfaces;
};

struct ContainerSpec {
    ContainerId id;
    oci::Spec spec;
    std::vector<Storage> storages;
};

struct GuestDetails {
    std::string agent_version;
    std::string kernel_release; ///< empty when the agent does not say (Kata's own)
};

struct ContainerStats {
    std::uint64_t memory_usage_bytes = 0;
    std::uint64_t memory_limit_bytes = 0;
    std::uint64_t cpu_usage_ns = 0;
    std::uint64_t pids = 0;
    std::uint64_t pids_limit = 0;             ///< 0: none
    std::uint64_t network_received_bytes = 0; ///< of all interfaces of the guest but its loopback
    std::uint64_t network_sent_bytes = 0;
    std::uint64_t block_read_bytes = 0;
    std::uint64_t block_written_bytes = 0;
};

/// Which bytes of an output stream are wanted.
struct ReadWindow {
    std::uint32_t limit = 0; ///< most bytes wanted; 4 MiB less a little is the most there is in one answer
    /// Bytes of the stream that are in safety: what comes behind them is given, and given again until a later
    /// window says that it has arrived. None: what has not been given yet.
    std::optional<std::uint64_t> offset = {};
};

/// A session with the agent in one VM: Kata's agent API over ttrpc over the VM's byte stream.
/// Every call fails with unavailable once the stream is lost, and with deadline_exceeded when the guest does
/// not answer in time (30 s by default; wait_process, OOM waits, reads and writes of streams have none). The
/// agent's own errors come unchanged: not_found for a container or process that is not there. Any number of
/// calls may be in flight. Cancelling the awaiting coroutine abandons the call. Thread: main strand.
/// Lifetime: outlives its calls.
class AgentClient {
  public:
    /// Connects to the VM's agent socket and waits until the agent answers the link handshake: the guest is
    /// up. Errors: deadline_exceeded the guest is not up in time; not_found, unavailable no such socket, VM
    /// gone.
    static Task<std::unique_ptr<AgentClient>> connect(std::filesystem::path socket, Duration deadline);
    /// Connects to an agent that runs outside of a VM and listens on a unix socket of its own: ttrpc without
    /// the link.
    static Task<std::unique_ptr<AgentClient>> connect_outside_vm(std::filesystem::path socket,
                                                                 Duration deadline);

    virtual ~AgentClient() = default;
    AgentClient(const AgentClient&) = delete;
    AgentClient& operator=(const AgentClient&) = delete;

    /// Errors: deadline_exceeded it does not answer; unavailable the link is lost.
    virtual Task<void> check_health(Duration limit) = 0;
    virtual Task<GuestDetails> guest_details() = 0;
    /// Makes a clone a guest of its own. Errors: failed_precondition it has a sandbox already.
    virtual Task<void> renew(GuestRenewal renewal) = 0;
    /// Lets a clone that is nobody's yet run such a container, with the guest's own files, and forget it;
    /// interfaces with these MACs are configured and taken down again. Errors: failed_precondition it has a
    /// sandbox already.
    virtual Task<void> rehearse(ContainerSpec container, std::vector<std::string> template_macs) = 0;
    virtual Task<void> create_sandbox(SandboxSpec spec) = 0;
    virtual Task<void> destroy_sandbox() = 0;
    /// Finds the interface of that MAC and gives it name, MTU and addresses, and brings it up.
    virtual Task<void> update_interface(launch::GuestInterface interface) = 0;
    /// Replaces the guest's routes by these, added in their order.
    virtual Task<void> update_routes(std::vector<launch::GuestRoute> routes) = 0;
    virtual Task<void> create_container(ContainerSpec spec) = 0;
    virtual Task<void> start_container(ContainerId id) = 0;
    virtual Task<void> remove_container(ContainerId id, std::chrono::seconds timeout) = 0;
    virtual Task<void> exec_process(ContainerId id, ExecId exec, oci::Process process) = 0;
    virtual Task<void> signal_process(ContainerId id, ExecId exec, int signal) = 0;
    /// Waits for the process to end: its exit code, 128+n when a signal n ended it.
    virtual Task<int> wait_process(ContainerId id, ExecId exec) = 0;
    /// The next bytes of output; empty at end of file. Errors: out_of_range an offset that the guest cannot
    /// go back to.
    virtual Task<std::string> read_stdout(ContainerId id, ExecId exec, ReadWindow window) = 0;
    virtual Task<std::string> read_stderr(ContainerId id, ExecId exec, ReadWindow window) = 0;
    /// Returns when the process's pipe or terminal has taken all of it.
    virtual Task<void> write_stdin(ContainerId id, ExecId exec, std::string data) = 0;
    virtual Task<void> close_stdin(ContainerId id, ExecId exec) = 0;
    virtual Task<void> resize_terminal(ContainerId id, ExecId exec, oci::TerminalSize size) = 0;
    virtual Task<ContainerStats> stats(ContainerId id) = 0;
    /// Grows the ext4 volume mounted at `path` in the guest to `size` bytes, or with its disk for 0.
    virtual Task<void> resize_volume(std::string path, std::uint64_t size) = 0;
    /// Changes limits; what is zero stays as it is.
    virtual Task<void> update_container(ContainerId id, oci::Resources resources) = 0;
    virtual Task<void> pause_container(ContainerId id) = 0;
    virtual Task<void> resume_container(ContainerId id) = 0;

    // Of our own agent; one that has none of it fails with unimplemented. Paths are the container's.
    virtual Task<std::vector<launch::GuestProcessInfo>> list_processes(ContainerId id) = 0;
    /// What the container changed in its image's files, behind the path `after`; nothing: that was all.
    virtual Task<std::vector<launch::PathChange>> list_changes(ContainerId id, std::string after) = 0;
    virtual Task<launch::PathStatus> stat_path(ContainerId id, std::string path) = 0;
    /// Begins a tar archive; the transfer's number.
    virtual Task<std::uint64_t> open_archive(ContainerId id, std::string path, std::string name) = 0;
    /// The next bytes; none at the end, with which the transfer is over.
    virtual Task<std::string> read_archive(std::uint64_t transfer) = 0;
    virtual Task<std::uint64_t> open_unpacking(ContainerId id, launch::UnpackOptions options) = 0;
    virtual Task<void> write_archive(std::uint64_t transfer, std::string bytes) = 0;
    /// The number of entries.
    virtual Task<std::uint64_t> finish_unpacking(std::uint64_t transfer) = 0;
    /// No error when it is over.
    virtual Task<void> close_transfer(std::uint64_t transfer) = 0;
    /// Puts files where the containers of this VM can mount them, all at once; what was there of that name is
    /// replaced. Its place: launch::pod_volume_folder().
    virtual Task<void> put_document(std::string name, std::vector<launch::ConfigFile> files) = 0;
    /// Waits for a container of this VM to run out of memory.
    virtual Task<ContainerId> next_oom_event() = 0;

  protected:
    AgentClient() = default;
};

} // namespace redoubt::node::agent_client

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A container as its callers see it: what was asked for, and what became of it. Values only; the shape
/// follows common/contracts/proto/redoubt/node/v1/node.proto, without its generated types.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/strong_id.hpp"
#include "common/oci/runtime_spec.hpp"
#include "node-daemon/launch/container_mount.hpp"
#include "node-daemon/launch/guest_network.hpp"
#include "node-daemon/launch/isolation_level.hpp"
#include "node-daemon/launch/pod_id.hpp"
#include "node-daemon/sandbox/probe.hpp"

namespace redoubt::node::sandbox {

/// Nanoseconds since the Unix epoch; 0: not yet.
using UnixTime = std::int64_t;
[[nodiscard]] UnixTime unix_now();

enum class ContainerState { created, starting, running, stopping, exited };
/// "created", "running"...: the spelling of the store, of events and of people.
[[nodiscard]] std::string_view name_of(ContainerState state);

/// What happens when the container ends by itself, and when the node comes back.
struct RestartPolicy {
    enum class Kind : std::uint8_t { no, on_failure, always, unless_stopped };
    Kind kind = Kind::no;
    std::uint32_t most_retries = 0; ///< of on_failure; 0: no limit
};
/// "no", "on-failure", "always", "unless-stopped".
[[nodiscard]] std::string_view name_of(RestartPolicy::Kind kind);

/// What the user asked for. Empty means: what the image says.
struct ContainerSpec {
    std::string image; ///< reference or image id
    std::string name;  ///< generated when empty
    std::vector<std::string> entrypoint;
    bool clear_entrypoint = false;
    std::vector<std::string> command;
    std::vector<std::string> environment; ///< NAME=value
    std::string working_directory;
    std::string user; ///< name|uid[:group|gid]
    bool terminal = false;
    bool stdin_open = false; ///< false: the process reads end of file at once
    bool read_only_rootfs = false;
    std::uint64_t memory_bytes = 0; ///< container limit; 0: none, and the node's default VM size
    double cpus = 0;                ///< 0: the node's default
    std::string hostname;           ///< default: short id
    bool auto_remove = false;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    oci::TerminalSize terminal_size;
    std::string stop_signal;
    std::vector<std::string> networks; ///< by name, first is eth0; "none"; empty: the node's default
    std::vector<launch::PortMapping> ports;
    std::vector<launch::ContainerMount> mounts = {};
    std::vector<std::string> added_capabilities = {};
    std::vector<std::string> dropped_capabilities = {};
    bool privileged = false;
    std::uint64_t shm_bytes = 0; ///< of /dev/shm; 0: 64 MiB
    std::vector<oci::Rlimit> ulimits = {};
    std::vector<std::string> devices = {}; ///< "SOURCE[:TARGET][:rwm]"
    RestartPolicy restart = {};
    std::string pod = {};            ///< name or id; empty: alone in a VM of its own
    bool is_init = false;            ///< of a pod: runs to its end before the others start
    std::vector<Probe> probes = {};  ///< at most one of each purpose
    std::uint32_t stop_seconds = 10; ///< what a failed probe leaves it between stop signal and kill
    launch::IsolationLevel level = launch::IsolationLevel::vm;
};

/// One line of `ps`.
struct ContainerSummary {
    ContainerId id;
    std::string name;
    std::string image;
    std::string image_id;
    std::vector<std::string> command; ///< entrypoint and arguments as they run
    ContainerState state = ContainerState::created;
    UnixTime created_at = 0;
    UnixTime started_at = 0;
    UnixTime finished_at = 0;
    int exit_code = 0;
    bool oom_killed = false;
    std::string reason; ///< why it ended when not by itself: "vm died: ...", "out of memory"
    std::map<std::string, std::string> labels;
    std::uint32_t restarts = 0; ///< by its restart policy, since somebody started it
    bool is_paused = false;     ///< of a running one
    PodId pod = {};             ///< empty: none
    bool is_ready = false;      ///< as its readiness probe says; without one: it runs
    launch::IsolationLevel level = launch::IsolationLevel::vm;
    bool is_simulation = false; ///< at level confidential: nothing protects it, it is for trying
};

struct SandboxDisk {
    std::string id;
    std::filesystem::path path;
    bool read_only = true;
    std::string root_hash; ///< dm-verity, hex; empty when not a verity disk
};

struct SandboxInterface {
    std::string name; ///< in the guest: "eth0"
    std::string network;
    std::string mac;
    std::uint32_t mtu = 0;
    std::vector<std::string> addresses; ///< "10.87.0.2/16"
};

/// What of a sandbox is the level confidential's; empty at other levels.
struct ConfidentialInfo {
    std::string trust;           ///< whose word the evidence is: "sev-snp", "tdx", "simulation"
    std::string initdata_digest; ///< "sha384:<hex>"
    std::string host_data;       ///< what of it the launch is bound to (HOST_DATA, MRCONFIGID), hex
    std::string measurement;     ///< that the evidence will have, hex; empty: not known here
    std::string firmware;        ///< that is in it
    std::string broker;          ///< where the relay leads; empty: there is none
};

/// The micro-VM of a container, or its monitor at a level without one; fields stay empty until it has one.
struct SandboxInfo {
    SandboxId id;
    std::string hypervisor;  ///< "qemu", or the level: "gvisor", "runc"
    std::string accelerator; ///< "kvm" or "tcg"; empty without a VM
    bool is_clone = false;   ///< its VM began as a copy of a guest template's
    int vmm_pid = 0;         ///< 0: not running
    std::uint32_t vcpus = 0;
    std::uint64_t memory_bytes = 0; ///< guest RAM; without a VM the host's
    std::string kernel_cmdline;
    std::string guest_kernel;
    std::string agent_version;
    std::vector<SandboxDisk> disks;
    std::vector<SandboxInterface> interfaces;
    ConfidentialInfo confidential = {};
};

struct ContainerDetails {
    ContainerSummary summary;
    ContainerSpec spec;
    SandboxInfo sandbox;
    std::filesystem::path log_path;
};

} // namespace redoubt::node::sandbox

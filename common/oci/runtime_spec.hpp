// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The OCI runtime specification as plain values: what the node plans and the guest executes. Between them it
/// travels as Kata's protobuf form (common/contracts/proto/oci.proto); both ends convert at their face.
/// Source: opencontainers/runtime-spec 1.1.0, config.md and config-linux.md.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace redoubt::oci {

struct TerminalSize {
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
};

struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> additional_gids;
    /// "name|uid[:group|gid]" to be looked up in the container's /etc/passwd by the guest; wins over uid and
    /// gid when set.
    std::string username;
    std::optional<std::uint32_t> umask; ///< absent: 022
};

/// Names as in capabilities(7), with CAP_.
struct Capabilities {
    std::vector<std::string> bounding, effective, inheritable, permitted, ambient;
};

struct Rlimit {
    std::string type; ///< "RLIMIT_NOFILE"
    std::uint64_t hard = 0;
    std::uint64_t soft = 0;
};

struct Process {
    bool terminal = false;
    TerminalSize console_size;
    User user;
    std::vector<std::string> args;
    std::vector<std::string> env; ///< NAME=value
    std::string cwd = "/";
    Capabilities capabilities;
    std::vector<Rlimit> rlimits;
    bool no_new_privileges = false;
    std::optional<std::int64_t> oom_score_adj;
};

struct Mount {
    std::string destination;
    std::string source;
    std::string type;
    std::vector<std::string> options;
};

struct Namespace {
    std::string type; ///< pid, network, mount, ipc, uts, user, cgroup, time
    std::string path; ///< empty: a new one
};

struct Device {
    std::string path;
    std::string type; ///< c, b, u, p
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::uint32_t file_mode = 0666;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

struct DeviceRule {
    bool allow = false;
    std::string type;        ///< a, b, c
    std::int64_t major = -1; ///< -1: all
    std::int64_t minor = -1;
    std::string access; ///< of r, w, m
};

/// Zero or absent: no limit.
struct Resources {
    std::vector<DeviceRule> devices;
    std::int64_t memory_limit = 0;
    std::int64_t memory_reservation = 0;
    std::int64_t memory_swap = 0;
    std::uint64_t cpu_shares = 0;
    std::int64_t cpu_quota = 0; ///< microseconds in a period
    std::uint64_t cpu_period = 0;
    std::string cpuset_cpus;
    std::string cpuset_mems;
    std::int64_t pids_limit = 0;
};

struct SeccompArgument {
    std::uint64_t index = 0;
    std::uint64_t value = 0;
    std::uint64_t value_two = 0;
    std::string op; ///< SCMP_CMP_EQ...
};

struct SeccompRule {
    std::vector<std::string> names;
    std::string action; ///< SCMP_ACT_ALLOW...
    std::optional<std::uint32_t> errno_return;
    std::vector<SeccompArgument> arguments;
};

struct Seccomp {
    std::string default_action;
    std::optional<std::uint32_t> default_errno_return;
    std::vector<std::string> architectures;
    std::vector<std::string> flags;
    std::vector<SeccompRule> rules;
};

struct Linux {
    std::map<std::string, std::string> sysctl;
    Resources resources;
    std::string cgroups_path;
    std::vector<Namespace> namespaces;
    std::vector<Device> devices;
    std::optional<Seccomp> seccomp;
    std::string rootfs_propagation;
    std::vector<std::string> masked_paths;
    std::vector<std::string> readonly_paths;
};

struct Spec {
    std::string version = "1.1.0";
    Process process;
    std::string root_path;
    bool root_readonly = false;
    std::string hostname;
    std::vector<Mount> mounts;
    std::map<std::string, std::string> annotations;
    Linux linux_part; ///< "linux" in the specification; that word is a macro to GCC's gnu dialects
};

} // namespace redoubt::oci

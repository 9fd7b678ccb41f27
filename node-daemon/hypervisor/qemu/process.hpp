// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/hypervisor/qemu/confinement.hpp"

namespace redoubt::node::hypervisor::qemu {

/// Who a process runs as; it has no supplementary groups.
struct Identity {
    uid_t user = 0;
    gid_t group = 0;
};

/// The account of that name.
/// Errors: not_found.
[[nodiscard]] Result<Identity> find_identity(const std::string& user_name);

/// A program to start apart from the daemon.
struct SpawnRequest {
    std::vector<std::string> arguments; ///< [0] is the program's path
    std::vector<int> descriptors;       ///< borrowed; the program has them as 3, 4, ... and no others
    std::filesystem::path working_directory = "/"; ///< without isolation; with it the root of its own
    std::vector<std::string> environment;          ///< NAME=value, beside PATH
    Isolation isolation = Isolation::none;         ///< more than none: for root alone
    std::vector<std::filesystem::path> shown = {}; ///< with isolation: files it sees beside its program
    std::optional<Identity> run_as; ///< none: the daemon's own account, still without capabilities
};

/// A running process by a handle that no other process can take over.
struct ProcessHandle {
    pid_t pid = 0;
    std::string start_time; ///< field 22 of /proc/PID/stat, in clock ticks since boot
    UniqueFd pidfd;         ///< readable when the process has ended
};

struct Spawned {
    ProcessHandle process;
    UniqueFd output; ///< reads the program's stdout and stderr
};

/// Starts a program in a session of its own with an empty environment but PATH, stdin from /dev/null, no
/// capabilities, no-new-privileges, no core dumps and few resources beside memory and processor time. It
/// outlives the daemon: when the daemon goes, its output is lost, nothing more. Blocks until the program has
/// been executed (milliseconds). Errors: those of the failed step, named: "execute
/// /usr/bin/qemu-system-x86_64: No such file or directory".
[[nodiscard]] Result<Spawned> spawn(const SpawnRequest& request);

/// A handle on a process known from before, if it is still that process.
/// Errors: not_found when it has ended or the pid now belongs to another one.
[[nodiscard]] Result<ProcessHandle> open_process(pid_t pid, const std::string& start_time);

/// How a process ended.
struct ExitStatus {
    std::optional<int> code;   ///< of exit(2)
    std::optional<int> signal; ///< both empty: not our child, so nobody told us
};

/// Collects the exit status of an ended process; empty when it was not a child of this daemon.
[[nodiscard]] ExitStatus reap(int pidfd);

/// SIGKILL; no error when it has ended already.
Status kill_process(int pidfd);

} // namespace redoubt::node::hypervisor::qemu

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::node::hypervisor::monitor {

/// A running monitor, by a handle that no other process can take over.
struct MonitorProcess {
    pid_t pid = 0;
    std::string start_time; ///< field 22 of /proc/PID/stat
    UniqueFd handle;        ///< readable when it has ended
};

struct MonitorStart {
    std::vector<std::string> arguments; ///< [0] is the program's path
    int listener = -1;                  ///< borrowed; descriptor 3 of the monitor
    std::filesystem::path output;       ///< where its standard output and error go
};

/// Starts a monitor as the first process of a PID namespace, in a mount namespace and a session of its own,
/// with no other descriptors. It outlives the daemon. Blocks until it has been executed.
/// Errors: those of the failed step; not_found no such program.
[[nodiscard]] Result<MonitorProcess> start_monitor(const MonitorStart& start);

/// One known from before, if it is still that. Errors: not_found.
[[nodiscard]] Result<MonitorProcess> open_monitor(pid_t pid, const std::string& start_time);

/// Kills every monitor of that sandbox, found by its arguments; how many there were. Reads /proc.
std::size_t kill_monitors(const std::string& sandbox);

/// SIGKILL; no error when it has ended.
Status kill_monitor(const MonitorProcess& process);

/// Collects what an ended child left, in words: "killed by signal 9". Empty when it was not ours.
[[nodiscard]] std::string collect_monitor(const MonitorProcess& process);

/// Lets the processes of a container's cgroups go on: a frozen one cannot die under version 1.
void thaw_cgroups(const std::string& cgroup, const std::filesystem::path& root = "/sys/fs/cgroup");
/// Removes the cgroups of that name below every hierarchy that is mounted; whether none is left, as one stays
/// that has processes.
bool remove_cgroups(const std::string& cgroup, const std::filesystem::path& root = "/sys/fs/cgroup");

} // namespace redoubt::node::hypervisor::monitor

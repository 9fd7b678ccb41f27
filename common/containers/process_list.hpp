// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::containers {

/// A process as its container sees it.
struct ProcessInfo {
    std::int64_t outer_pid = 0; ///< as the caller sees it
    std::int64_t pid = 0;
    std::int64_t ppid = 0; ///< 0: none in the container
    std::string user;      ///< name, or number when the container knows none
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string state;
    std::string terminal; ///< "pts/0"; "?" without one
    std::uint64_t cpu_time_ns = 0;
    std::uint64_t elapsed_ns = 0;
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::int32_t nice = 0;
    std::int64_t process_group = 0;
    std::uint32_t threads = 0;
    std::string name;
    std::vector<std::string> command;
};

/// What /proc says of one process. Texts of a container are hostile.
struct ProcessTexts {
    std::string stat;
    std::string status;
    std::string command;
};
/// The kernel's measures.
struct ProcessUnits {
    std::uint64_t ticks_per_second = 100;
    std::uint64_t page_bytes = 4096;
    std::uint64_t uptime_ns = 0;
    std::size_t pid_level = 0; ///< of the container's PID namespace, from the caller's: 0 the same
};
/// Nothing when the texts are none of a process, or of one that the container does not see. Pure; leaves ppid
/// as the caller sees it, and the user as a number. Source: proc_pid_stat(5), proc_pid_status(5).
[[nodiscard]] std::optional<ProcessInfo> parse_process(const ProcessTexts& texts, const ProcessUnits& units);

/// Names by number, of a passwd file. Pure.
[[nodiscard]] std::map<std::uint32_t, std::string> user_names(std::string_view passwd);

/// The processes of a container that runs, by pid: those in its cgroup, or, without one, those in the PID
/// namespace of its init. Errors: failed_precondition it has ended.
[[nodiscard]] Result<std::vector<ProcessInfo>>
list_processes(pid_t init, const std::optional<std::filesystem::path>& cgroup);

} // namespace redoubt::containers

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace redoubt::node::runtime {

/// The file in which the kernel counts the processes it killed for want of memory in the cgroup of a process:
/// memory.events of version 2, memory.oom_control of version 1. Empty when there is none.
[[nodiscard]] std::filesystem::path find_memory_events(pid_t pid);

/// The same of the text of /proc/PID/cgroup. Pure but for the question which version is mounted at `root`.
[[nodiscard]] std::filesystem::path memory_events_of(std::string_view cgroups,
                                                     const std::filesystem::path& root);

/// How many there were; 0 when that cannot be known.
[[nodiscard]] std::uint64_t count_memory_kills(const std::filesystem::path& file);

} // namespace redoubt::node::runtime

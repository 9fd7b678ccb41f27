// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::node::metrics {

/// What the host has used since it booted, and uses now.
struct HostSample {
    double cpu_seconds = 0; ///< of all processors, busy
    std::uint32_t cpus = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t memory_used_bytes = 0; ///< that nobody else could have at once
    std::uint64_t disk_bytes = 0;        ///< of the file system with the state folder
    std::uint64_t disk_used_bytes = 0;
    std::uint64_t network_received_bytes = 0; ///< of all interfaces of the host but loopback
    std::uint64_t network_sent_bytes = 0;
};

/// Blocks. Errors: those of reading /proc, and of the folder.
[[nodiscard]] Result<HostSample> read_host_sample(const std::filesystem::path& state_folder);

// ---- Of texts in /proc. Source: proc_stat(5), proc_meminfo(5), proc_pid_net(5). Errors: invalid_argument.
/// /proc/stat: cpu_seconds and cpus.
Status parse_stat(std::string_view text, std::int64_t ticks_per_second, HostSample& sample);
/// /proc/meminfo: memory.
Status parse_meminfo(std::string_view text, HostSample& sample);
/// /proc/net/dev: network. Interfaces of sandboxes (tap, veth, bridges) carry the same bytes again, so those
/// that are not hardware's are left out by name.
Status parse_net_dev(std::string_view text, HostSample& sample);

} // namespace redoubt::node::metrics

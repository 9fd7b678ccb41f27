// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What stats and system df show. Pure.

#include <map>
#include <string>
#include <vector>

#include "node-daemon/ctl/table.hpp"

namespace redoubt::ctl {

/// A container's counters and what follows from them.
struct UsageLine {
    pb::ContainerUsage usage;
    double cpu_percent = 0; ///< of one processor, since the picture before, or since its start
    double average_cpu_percent = 0;
    double memory_percent = 0;
    bool is_running = true;
};

/// Makes pictures of what containers use, each from two measurements.
class UsageHistory {
  public:
    [[nodiscard]] std::vector<UsageLine> add(const pb::ContainerStatsResponse& response);

  private:
    std::map<std::string, pb::ContainerUsage> before_; ///< by id
};

/// ID, NAME, CPU %, MEM USAGE / LIMIT, MEM %, NET IO, BLOCK IO, PIDS, CPU TIME, AVG CPU %.
[[nodiscard]] std::string render_usage(const std::vector<UsageLine>& lines, Truncate truncate);
[[nodiscard]] std::string usage_json(const std::vector<UsageLine>& lines);
/// One object a line.
[[nodiscard]] std::string usage_json_lines(const std::vector<UsageLine>& lines);

/// "1.234567s", "2m3.5s", "1h2m3s".
[[nodiscard]] std::string render_exact_duration(std::uint64_t nanoseconds);

/// `system df`: TYPE, TOTAL, ACTIVE, SIZE, RECLAIMABLE.
[[nodiscard]] std::string render_disk_usage(const pb::GetDiskUsageResponse& usage);
/// With every image, container and volume.
[[nodiscard]] std::string render_disk_usage_details(const pb::GetDiskUsageResponse& usage, UnixTime now);
[[nodiscard]] std::string disk_usage_json(const pb::GetDiskUsageResponse& usage);

} // namespace redoubt::ctl

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redoubt::guest::sandbox {

/// The counters of one network interface, in the order of /proc/net/dev.
struct InterfaceCounters {
    std::string name;
    std::uint64_t received_bytes = 0, received_packets = 0, received_errors = 0, received_dropped = 0;
    std::uint64_t sent_bytes = 0, sent_packets = 0, sent_errors = 0, sent_dropped = 0;
};

/// Of a /proc/net/dev text; lines that are none are skipped. Pure.
[[nodiscard]] std::vector<InterfaceCounters> parse_interface_counters(std::string_view text);
/// Of this guest.
[[nodiscard]] std::vector<InterfaceCounters> interface_counters();

/// What the guest's metrics are made of: texts of /proc. Lines that are none are skipped.
struct ProcTexts {
    std::string meminfo, vmstat, stat, loadavg, diskstats, net_dev;
    std::string own_status, own_stat, own_io;
};
[[nodiscard]] ProcTexts read_proc_texts();

/// Metrics of guest and agent in Prometheus' text format, named as Kata names them. Units: memory and sizes
/// in bytes, but kata_agent_proc_status in the kB of its file; processor times in milliseconds. Pure. Source:
/// Kata 4.1.0, its catalogue of metrics.
[[nodiscard]] std::string render_metrics(const ProcTexts& texts, std::uint64_t scrape_count);

} // namespace redoubt::guest::sandbox

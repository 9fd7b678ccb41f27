// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node-daemon/metrics/history.hpp"
#include "node-daemon/sandbox/container_usage.hpp"

namespace redoubt::node::metrics {

/// All that is shown of a node.
struct Figures {
    std::string version;
    double started_at = 0; ///< seconds since the Unix epoch
    bool is_drained = false;
    HostSample host;
    Counts counts;
    std::map<std::string, std::uint64_t> containers_by_state;
    std::uint64_t images = 0;
    std::uint64_t pods = 0;
    std::uint64_t volumes = 0;
    std::vector<sandbox::ContainerUsage> containers;  ///< that run
    bool has_usage = false;                           ///< the guests have answered
    std::map<std::string, std::uint64_t> vm_overhead; ///< bytes by runtime class; of those that have VMs
};

/// As Prometheus reads it. Names: docs/formats/metrics.md. Pure.
[[nodiscard]] std::string render(const Figures& figures);

} // namespace redoubt::node::metrics

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/backend/values.hpp"

namespace redoubt::gui {

/// What all containers together use, between two readings. Rates are bytes a second.
struct UsageReading {
    std::int64_t time = 0;
    double cpu_percent = 0; ///< of one CPU: two busy ones are 200
    double memory_bytes = 0;
    double received_rate = 0;
    double sent_rate = 0;
    double read_rate = 0;
    double written_rate = 0;
    std::size_t running = 0; ///< containers that were measured
    std::size_t vms = 0;     ///< micro-VMs that run
};

/// Turns counters into rates. The first reading of a container has none.
class UsageMeter {
  public:
    /// Writes each container's share into its line of `workloads`.
    UsageReading add(const std::vector<Usage>& usages, std::vector<Workload>& workloads);
    /// The next reading is a first one.
    void forget() { last_.clear(); }

  private:
    std::map<std::string, Usage> last_;
};

/// Micro-VMs that these have: a pod has one, and so has a container outside one, at the levels with VMs.
[[nodiscard]] std::size_t count_vms(const std::vector<Workload>& workloads);

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "node-daemon/metrics/host_sample.hpp"

namespace redoubt::node::metrics {

/// How many there are.
struct Counts {
    std::uint32_t vms = 0;
    std::uint32_t containers_running = 0;
    std::uint32_t containers = 0;
};

struct Sample {
    std::int64_t time = 0; ///< nanoseconds since the Unix epoch
    HostSample host;
    Counts counts;
};

/// The last hour, in memory, of bounded size. Thread: main strand.
class History {
  public:
    static constexpr std::chrono::seconds k_interval{10};
    static constexpr std::size_t k_most = std::chrono::hours(1) / k_interval;

    /// The oldest goes when there are too many.
    void add(Sample sample);
    /// Those after `time`, oldest first.
    [[nodiscard]] std::vector<Sample> since(std::int64_t time) const;

  private:
    std::deque<Sample> samples_;
};

} // namespace redoubt::node::metrics

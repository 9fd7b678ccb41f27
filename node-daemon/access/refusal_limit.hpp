// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace redoubt::node::access {

/// How many refusals of strangers are noted: whoever reaches the port could else fill the audit log, and with
/// it push out what matters. Those that are not noted are counted. Thread: one at a time.
class RefusalLimit {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr unsigned k_burst = 20;
    static constexpr std::chrono::seconds k_each{10}; ///< one more in that time

    /// The number of refusals since the last that was noted, if this one is to be noted.
    std::optional<std::uint64_t> take(Time now);

  private:
    unsigned left_ = k_burst;
    std::uint64_t silent_ = 0;
    std::optional<Time> filled_;
};

} // namespace redoubt::node::access

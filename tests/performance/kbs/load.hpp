// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "tests/performance/kbs/guest.hpp"

namespace redoubt::performance {

/// When operations are due: at random moments, as guests that do not know each other arrive, whatever the
/// broker does. The same moments in every run.
class Arrivals {
  public:
    /// `rate` a second; 0: each is due when it is asked for.
    Arrivals(std::uint64_t count, std::uint64_t rate, Clock::time_point start)
        : left_(count), gap_(rate == 0 ? 1.0 : static_cast<double>(rate)), is_paced_(rate != 0), due_(start) {
    }

    /// Nothing when all have been given out.
    [[nodiscard]] std::optional<Clock::time_point> next();

  private:
    std::uint64_t left_;
    std::exponential_distribution<double> gap_; ///< seconds between two
    bool is_paced_;
    Clock::time_point due_;
    std::mt19937_64 random_{1}; // NOLINT(bugprone-random-generator-seed): runs are to be compared
};

/// What came of a load.
struct Outcome {
    /// Of operations that succeeded, from the moment each was due to its end: one that had to wait for a
    /// connection has waited.
    std::vector<Duration> latencies;
    std::uint64_t errors = 0;
    std::string first_error;
    Duration taken{};                  ///< from the start to the last answer
    std::chrono::nanoseconds broker{}; ///< processor time
    std::chrono::nanoseconds client{};
    std::vector<std::uint64_t> resident_kib; ///< of the broker: at the start and after each tenth
};

/// Connects all guests, then lets the plan happen. Errors: what happened before the clock ran.
Task<Outcome> run_load(const GuestParts& parts);

} // namespace redoubt::performance

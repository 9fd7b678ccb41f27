// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Where the time of a start goes. Logged at level debug, where `./sdk bench` reads it.

#include <chrono>
#include <format>
#include <string>
#include <string_view>

#include "common/async/task.hpp"

namespace redoubt::node::sandbox {

/// Runs from its making. Thread: one strand.
class StepClock {
  public:
    /// `step` has ended now, and began when the one before it ended.
    void end(std::string_view step) {
        const auto now = Clock::now();
        const std::chrono::duration<double, std::milli> taken = now - begin_;
        steps_ += std::format("{}{} {:.1f}", steps_.empty() ? "" : " ", step, taken.count());
        begin_ = now;
    }
    /// "step ms step ms ...", in the order of their ends.
    [[nodiscard]] const std::string& str() const { return steps_; }

  private:
    Clock::time_point begin_ = Clock::now();
    std::string steps_;
};

} // namespace redoubt::node::sandbox

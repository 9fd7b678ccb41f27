// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace redoubt::gui {

/// Values over the last hour. Times in nanoseconds since the epoch, growing. A gap between two values longer
/// than 20 s is a time when nobody measured.
class TimeSeries {
  public:
    struct Point {
        std::int64_t time = 0;
        double value = 0;
    };

    void add(std::int64_t time, double value);
    void clear() { points_.clear(); }
    [[nodiscard]] const std::deque<Point>& points() const { return points_; }
    [[nodiscard]] std::optional<double> last() const;
    /// The largest since a time; 0 when there is none.
    [[nodiscard]] double most_since(std::int64_t time) const;
    /// The value nearest to a time, if it is within `tolerance`.
    [[nodiscard]] std::optional<Point> near(std::int64_t time, std::int64_t tolerance) const;

    static constexpr std::int64_t k_gap_ns = 20LL * 1'000'000'000;

  private:
    std::deque<Point> points_;
};

} // namespace redoubt::gui

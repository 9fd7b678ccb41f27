// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/time_series.hpp"

#include <algorithm>

namespace redoubt::gui {
namespace {

constexpr std::int64_t k_kept_ns = 3600LL * 1'000'000'000;

} // namespace

void TimeSeries::add(std::int64_t time, double value) {
    // A clock that was set back would draw a line backwards.
    if (!points_.empty() && time <= points_.back().time) return;
    points_.push_back({time, value});
    while (points_.front().time < time - k_kept_ns) points_.pop_front();
}

std::optional<double> TimeSeries::last() const {
    if (points_.empty()) return std::nullopt;
    return points_.back().value;
}

double TimeSeries::most_since(std::int64_t time) const {
    double most = 0;
    for (auto point = points_.rbegin(); point != points_.rend() && point->time >= time; ++point)
        most = std::max(most, point->value);
    return most;
}

std::optional<TimeSeries::Point> TimeSeries::near(std::int64_t time, std::int64_t tolerance) const {
    const auto after = std::ranges::lower_bound(points_, time, {}, &Point::time);
    std::optional<Point> best;
    const auto consider = [&](const Point& point) {
        const auto distance = std::abs(point.time - time);
        if (distance <= tolerance && (!best || distance < std::abs(best->time - time))) best = point;
    };
    if (after != points_.end()) consider(*after);
    if (after != points_.begin()) consider(*std::prev(after));
    return best;
}

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/time_series.hpp"

#include <gtest/gtest.h>

namespace redoubt::gui {
namespace {

constexpr std::int64_t k_second = 1'000'000'000;

TEST(TimeSeries, KeepsAnHour) {
    TimeSeries series;
    EXPECT_FALSE(series.last());
    for (int at = 0; at <= 4000; ++at) series.add(at * k_second, at);
    EXPECT_EQ(series.points().size(), 3601U);
    EXPECT_DOUBLE_EQ(*series.last(), 4000);
}

TEST(TimeSeries, DoesNotGoBackWithTheClock) {
    TimeSeries series;
    series.add(10 * k_second, 1);
    series.add(5 * k_second, 2);
    EXPECT_EQ(series.points().size(), 1U);
}

TEST(TimeSeries, FindsTheMostAndTheNearest) {
    TimeSeries series;
    series.add(1 * k_second, 9);
    series.add(10 * k_second, 3);
    series.add(20 * k_second, 5);
    EXPECT_DOUBLE_EQ(series.most_since(0), 9);
    EXPECT_DOUBLE_EQ(series.most_since(5 * k_second), 5);
    EXPECT_DOUBLE_EQ(series.near(14 * k_second, 5 * k_second)->value, 3);
    EXPECT_DOUBLE_EQ(series.near(99 * k_second, 100 * k_second)->value, 5);
    EXPECT_FALSE(series.near(40 * k_second, 5 * k_second));
}

} // namespace
} // namespace redoubt::gui

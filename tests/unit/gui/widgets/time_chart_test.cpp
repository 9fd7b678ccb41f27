// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/time_chart.hpp"

#include <gtest/gtest.h>

#include "gui/backend/values.hpp"
#include "gui/models/texts.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

/// A line's pixels are mixed with what is beside them: blue enough is the line, not the ground below it.
bool is_line(const QColor& colour) {
    return colour.blue() - colour.red() > 120;
}

TEST(Scale, EndsAtARoundValue) {
    EXPECT_DOUBLE_EQ(round_up_scale(5), 5);
    EXPECT_DOUBLE_EQ(round_up_scale(70), 100);
    EXPECT_DOUBLE_EQ(round_up_scale(101), 200);
    EXPECT_DOUBLE_EQ(round_up_scale(0.3), 0.5);
    EXPECT_DOUBLE_EQ(round_up_scale(70 * 1024), 100 * 1024) << "100 KiB, and not 100,000 B";
}

TEST(TimeChart, PaintsNothingItWasNotToldAndALineWhenItWas) {
    apply_theme(ThemeChoice::light);
    TimeSeries series;
    TimeChart chart(QStringLiteral("CPU"), percent_text, 100);
    chart.add_line(QStringLiteral("cpu"), series);
    chart.resize(400, 200);
    const auto count = [&chart] {
        const auto picture = chart.grab().toImage();
        int found = 0;
        for (int y = 54; y < 178; ++y)
            for (int x = 0; x < picture.width(); ++x) found += is_line(picture.pixelColor(x, y)) ? 1 : 0;
        return found;
    };
    EXPECT_EQ(count(), 0);
    const auto now = now_ns();
    for (int at = 120; at >= 0; --at) series.add(now - at * 2'000'000'000LL, 50);
    EXPECT_GT(count(), 200);
}

TEST(TimeChart, LeavesAGapWhereNobodyMeasured) {
    apply_theme(ThemeChoice::light);
    TimeSeries series;
    TimeChart chart(QStringLiteral("CPU"), percent_text, 100);
    chart.add_line(QStringLiteral("cpu"), series);
    chart.resize(432, 200);
    const auto now = now_ns();
    for (int at = 300; at >= 200; --at) series.add(now - at * 1'000'000'000LL, 50);
    for (int at = 100; at >= 0; --at) series.add(now - at * 1'000'000'000LL, 50);
    const auto picture = chart.grab().toImage();
    int found = 0;
    for (int y = 54; y < 178; ++y) found += is_line(picture.pixelColor(16 + 200, y)) ? 1 : 0;
    EXPECT_EQ(found, 0) << "in the middle nobody measured";
    for (int y = 54; y < 178; ++y) found += is_line(picture.pixelColor(400, y)) ? 1 : 0;
    EXPECT_GT(found, 0) << "and at the end somebody did";
}

} // namespace
} // namespace redoubt::gui

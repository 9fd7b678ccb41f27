// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/theme.hpp"

#include <gtest/gtest.h>

#include <QApplication>
#include <cmath>

namespace redoubt::gui {
namespace {

double luminance(const QColor& colour) {
    const auto part = [](double value) {
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * part(colour.redF()) + 0.7152 * part(colour.greenF()) + 0.0722 * part(colour.blueF());
}

double contrast(const QColor& a, const QColor& b) {
    const auto [dark, light] = std::minmax({luminance(a), luminance(b)});
    return (light + 0.05) / (dark + 0.05);
}

// WCAG 2.1, 1.4.3: 4.5 for text.
TEST(Theme, CanBeReadInLightAndDark) {
    for (const auto choice : {ThemeChoice::light, ThemeChoice::dark}) {
        apply_theme(choice);
        const auto& theme = theme_of(QApplication::palette());
        EXPECT_EQ(theme.is_dark, choice == ThemeChoice::dark);
        for (const auto& ground : {theme.window, theme.surface, theme.raised})
            for (const auto& colour :
                 {theme.text, theme.muted, theme.good, theme.busy, theme.bad, theme.accent})
                EXPECT_GE(contrast(colour, ground), 4.5)
                    << colour.name().toStdString() << " on " << ground.name().toStdString();
        EXPECT_GE(contrast(theme.on_accent, theme.accent), 4.5);
    }
}

TEST(Theme, IsKeptByItsName) {
    for (const auto choice : {ThemeChoice::system, ThemeChoice::light, ThemeChoice::dark})
        EXPECT_EQ(parse_theme(name_of(choice)), choice);
    EXPECT_EQ(parse_theme(QStringLiteral("pink")), ThemeChoice::system);
}

} // namespace
} // namespace redoubt::gui

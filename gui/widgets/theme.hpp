// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QColor>
#include <QPalette>

#include "gui/models/row_model.hpp"

namespace redoubt::gui {

enum class ThemeChoice : std::uint8_t { system, light, dark };

/// The colours of everything. Contrast of text on what is below it is at least 4.5 (WCAG AA).
struct Theme {
    QColor window;  ///< behind everything
    QColor surface; ///< cards, tables, fields
    QColor raised;  ///< headers, hovered things
    QColor border;
    QColor text;
    QColor muted; ///< what is said beside
    QColor accent;
    QColor on_accent;
    QColor good;
    QColor busy;
    QColor bad;
    bool is_dark = false;

    [[nodiscard]] QColor of(StateColour state) const;
    /// A faint ground for something of this colour.
    [[nodiscard]] QColor tint(const QColor& colour) const;
};

/// The theme that a palette was made of.
[[nodiscard]] const Theme& theme_of(const QPalette& palette);
/// Colours of lines in a chart, the same in each.
[[nodiscard]] QColor line_colour(const Theme& theme, std::size_t line);

/// Dresses the application. `system`: as the desktop says, light where it says nothing.
void apply_theme(ThemeChoice choice);

[[nodiscard]] ThemeChoice parse_theme(const QString& name);
[[nodiscard]] QString name_of(ThemeChoice choice);

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/reason.hpp"

#include <QAction>
#include <QWidget>

namespace redoubt::gui {

void enable_unless(QAction& action, const std::optional<QString>& why_not, const QString& tip) {
    action.setEnabled(!why_not);
    const auto keys = action.shortcut().toString(QKeySequence::NativeText);
    const auto words = why_not ? *why_not : keys.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, keys);
    action.setToolTip(words);
    action.setStatusTip(words);
}

void enable_unless(QWidget& widget, const std::optional<QString>& why_not, const QString& tip) {
    widget.setEnabled(!why_not);
    widget.setToolTip(why_not.value_or(tip));
    widget.setAccessibleDescription(why_not.value_or(tip));
}

} // namespace redoubt::gui

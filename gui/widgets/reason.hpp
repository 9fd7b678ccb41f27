// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QString>
#include <optional>

class QAction;
class QWidget;

namespace redoubt::gui {

/// Enables something, or disables it and says why where the pointer rests; `tip` is what it says when
/// enabled.
void enable_unless(QAction& action, const std::optional<QString>& why_not, const QString& tip);
void enable_unless(QWidget& widget, const std::optional<QString>& why_not, const QString& tip);

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QDialog>

namespace redoubt::gui {

/// Asks before something is removed for good. What runs is removed only by who types `word`; an empty word
/// asks for a click alone.
class RemovalDialog final : public QDialog {
    Q_OBJECT
  public:
    RemovalDialog(const QString& question, const QString& consequence, const QString& word,
                  QWidget* parent = nullptr);
};

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QDialog>
#include <functional>
#include <vector>

#include "gui/widgets/glyph.hpp"

class QLineEdit;
class QListWidget;

namespace redoubt::gui {

/// Something to go to or to do, by its name.
struct QuickEntry {
    Glyph glyph = Glyph::search;
    QString text;
    QString note; ///< what it is: "container, running"
    std::function<void()> open;
};

/// Ctrl+K: words, and what has all of them; Return opens the first or the chosen one.
class QuickOpen final : public QDialog {
    Q_OBJECT
  public:
    explicit QuickOpen(std::vector<QuickEntry> entries, QWidget* parent = nullptr);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void show_matching(const QString& words);
    void open_chosen();

    std::vector<QuickEntry> entries_;
    QLineEdit* field_;
    QListWidget* list_;
};

} // namespace redoubt::gui

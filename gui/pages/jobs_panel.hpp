// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QTimer>
#include <QWidget>

#include "gui/models/session.hpp"

class QLabel;
class QToolButton;

namespace redoubt::gui {

class TableView;

/// What was asked for here: one line at the window's foot, that opens to a list. Lifetime: borrows the
/// session.
class JobsPanel final : public QWidget {
    Q_OBJECT
  public:
    explicit JobsPanel(Session& session, QWidget* parent = nullptr);
    void set_open(bool is_open);
    void toggle() { set_open(!is_open_); }

  private:
    void show_state();

    Session& session_;
    QToolButton* button_;
    QLabel* last_;
    TableView* table_;
    QTimer wander_;
    bool is_open_ = false;
};

} // namespace redoubt::gui

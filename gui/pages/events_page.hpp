// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QWidget>

#include "gui/models/session.hpp"

class QLineEdit;

namespace redoubt::gui {

class TableView;

/// What has happened on the node, the newest first. Lifetime: borrows the session.
class EventsPage final : public QWidget {
    Q_OBJECT
  public:
    explicit EventsPage(Session& session, QWidget* parent = nullptr);
    void focus_search();

  private:
    QLineEdit* search_;
    TableView* table_;
};

} // namespace redoubt::gui

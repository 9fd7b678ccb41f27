// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QWidget>

#include "gui/backend/terminal_stream.hpp"
#include "gui/models/session.hpp"

class QComboBox;
class QLabel;
class QPushButton;

namespace redoubt::gui {

class TerminalView;

/// A shell in the chosen container. One that runs goes on while others are looked at in the table only when
/// asked: another container ends it. Lifetime: borrows the session.
class TerminalPanel final : public QWidget {
    Q_OBJECT
  public:
    explicit TerminalPanel(Session& session, QWidget* parent = nullptr);
    /// Nothing: none is chosen.
    void show_workload(const Workload* workload);

  private:
    void open();
    void close(const QString& how);
    void show_state();

    Session& session_;
    std::unique_ptr<TerminalStream> stream_;
    std::string id_;
    QString name_;
    std::optional<QString> reason_;
    QString ended_;
    TerminalView* view_;
    QComboBox* command_;
    QPushButton* button_;
    QLabel* status_;
};

} // namespace redoubt::gui

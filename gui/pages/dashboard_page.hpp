// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QWidget>

#include "gui/models/session.hpp"
#include "gui/widgets/time_chart.hpp"

class QGridLayout;
class QLabel;
class QScrollArea;

namespace redoubt::gui {

/// What the node is, what it does now, and what it lacks. Lifetime: borrows the session.
class DashboardPage final : public QWidget {
    Q_OBJECT
  public:
    explicit DashboardPage(Session& session, QWidget* parent = nullptr);

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    void fit();
    QWidget* make_tiles();
    QWidget* make_charts();
    QWidget* make_foot();
    void show_facts();
    void show_figures();
    void show_checks();

    Session& session_;
    QScrollArea* scroll_ = nullptr;
    QLabel* version_ = nullptr;
    QLabel* running_ = nullptr;
    QLabel* images_ = nullptr;
    QLabel* accelerator_ = nullptr;
    QLabel* version_note_ = nullptr;
    QLabel* running_note_ = nullptr;
    QLabel* images_note_ = nullptr;
    QLabel* accelerator_note_ = nullptr;
    QGridLayout* facts_ = nullptr;
    QGridLayout* checks_ = nullptr;
    std::vector<TimeChart*> charts_;
    std::vector<QLabel*> disk_;
    TimeChart* cpu_ = nullptr;
    TimeChart* memory_ = nullptr;
};

} // namespace redoubt::gui

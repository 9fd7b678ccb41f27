// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QWidget>

#include "gui/models/session.hpp"
#include "gui/models/workload_rules.hpp"
#include "gui/widgets/glyph.hpp"

class QAction;
class QHBoxLayout;
class QLineEdit;
class QTabWidget;

namespace redoubt::gui {

class DetailsPanel;
class LogPanel;
class TableView;
class TerminalPanel;

/// Containers and pods, what can be done with them, and what one of them is. Lifetime: borrows the session.
class WorkloadsPage final : public QWidget {
    Q_OBJECT
  public:
    explicit WorkloadsPage(Session& session, QWidget* parent = nullptr);

    void choose(const QString& id);
    void focus_search();

  Q_SIGNALS:
    void run_asked();
    /// Somebody has to say yes first.
    void removal_asked(const std::vector<redoubt::gui::Workload>& workloads);

  private:
    struct Verb {
        WorkloadVerb verb;
        QAction* action;
        QString tip;
    };
    void make_verbs(QHBoxLayout& row);
    void make_table();
    void make_tabs();
    QAction* add_verb(WorkloadVerb verb, const QString& text, Glyph glyph, const QString& keys,
                      const QString& tip);
    void perform(WorkloadVerb verb);
    void show_current();
    void show_rules();
    [[nodiscard]] std::vector<Workload> chosen() const;

    Session& session_;
    TableView* table_ = nullptr;
    QLineEdit* search_ = nullptr;
    QAction* run_ = nullptr;
    QTabWidget* tabs_ = nullptr;
    DetailsPanel* details_ = nullptr;
    LogPanel* log_ = nullptr;
    TerminalPanel* terminal_ = nullptr;
    std::vector<Verb> verbs_;
};

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/workloads_page.hpp"

#include <QAction>
#include <QHBoxLayout>
#include <QMenu>
#include <QSplitter>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "gui/pages/card.hpp"
#include "gui/pages/details_panel.hpp"
#include "gui/pages/log_panel.hpp"
#include "gui/pages/terminal_panel.hpp"
#include "gui/widgets/reason.hpp"
#include "gui/widgets/table_view.hpp"

namespace redoubt::gui {

WorkloadsPage::WorkloadsPage(Session& session, QWidget* parent) : QWidget(parent), session_(session) {
    QHBoxLayout* title_row = nullptr;
    auto* const layout = begin_page(*this, QStringLiteral("Workloads"), &title_row);
    search_ = make_search(QStringLiteral("Search (Ctrl+F)"), this);
    title_row->addWidget(search_);
    title_row->addStretch();
    run_ = new QAction(accent_icon_of(Glyph::plus), QStringLiteral("Run…"), this);
    run_->setShortcut(QStringLiteral("Ctrl+N"));
    connect(run_, &QAction::triggered, this, &WorkloadsPage::run_asked);
    addAction(run_);
    make_verbs(*title_row);
    make_table();
    make_tabs();
    auto* const splitter = new QSplitter(Qt::Vertical, this);
    splitter->setHandleWidth(12);
    splitter->addWidget(table_);
    splitter->addWidget(tabs_);
    splitter->setSizes({300, 380});
    splitter->setChildrenCollapsible(false);
    layout->addWidget(splitter, 1);
    show_current();
}

void WorkloadsPage::make_verbs(QHBoxLayout& row) {
    row.addWidget(make_button(add_verb(WorkloadVerb::start, QStringLiteral("Start"), Glyph::play,
                                       QStringLiteral("Ctrl+Return"), QStringLiteral("Start it")),
                              this));
    row.addWidget(make_button(add_verb(WorkloadVerb::stop, QStringLiteral("Stop"), Glyph::stop,
                                       QStringLiteral("Ctrl+."),
                                       QStringLiteral("Send its stop signal, and end it after its grace")),
                              this));
    row.addWidget(
        make_button(add_verb(WorkloadVerb::restart, QStringLiteral("Restart"), Glyph::restart,
                             QStringLiteral("Ctrl+R"), QStringLiteral("Stop it and start it again")),
                    this));
    add_verb(WorkloadVerb::pause, QStringLiteral("Pause"), Glyph::pause, {},
             QStringLiteral("Let its processes stand still"));
    add_verb(WorkloadVerb::unpause, QStringLiteral("Resume"), Glyph::play, {},
             QStringLiteral("Let its processes go on"));
    row.addWidget(make_button(add_verb(WorkloadVerb::remove, QStringLiteral("Remove…"), Glyph::trash,
                                       QStringLiteral("Del"), QStringLiteral("Remove it and what it wrote")),
                              this));
    auto* const run_button = make_button(run_, this);
    run_button->setObjectName(QStringLiteral("primary"));
    row.addWidget(run_button);
}

void WorkloadsPage::make_table() {
    table_ = new TableView(session_.workloads, this);
    table_->setObjectName(QStringLiteral("workloads"));
    table_->setAccessibleName(QStringLiteral("Workloads"));
    table_->set_widths({19, 12, 9, 0, 12, 8, 6, 8, 18});
    table_->sortByColumn(WorkloadModel::name, Qt::AscendingOrder);
    table_->set_empty_text(QStringLiteral("No containers yet. Ctrl+N runs one."));
    table_->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(table_, &QWidget::customContextMenuRequested, this, [this](const QPoint& where) {
        QMenu menu(this);
        menu.setToolTipsVisible(true);
        for (const auto& verb : verbs_) menu.addAction(verb.action);
        menu.exec(table_->viewport()->mapToGlobal(where));
    });
    connect(search_, &QLineEdit::textChanged, this,
            [this](const QString& words) { table_->filter().search(words); });
    connect(table_, &TableView::current_changed, this, &WorkloadsPage::show_current);
    connect(&session_, &Session::rules_changed, this, &WorkloadsPage::show_current);
}

void WorkloadsPage::make_tabs() {
    tabs_ = new QTabWidget(this);
    tabs_->setDocumentMode(false);
    details_ = new DetailsPanel(session_, tabs_);
    log_ = new LogPanel(session_, tabs_);
    terminal_ = new TerminalPanel(session_, tabs_);
    tabs_->addTab(details_, QStringLiteral("Details"));
    tabs_->addTab(log_, QStringLiteral("Logs"));
    tabs_->addTab(terminal_, QStringLiteral("Terminal"));
    connect(tabs_, &QTabWidget::currentChanged, this, &WorkloadsPage::show_current);
}

QAction* WorkloadsPage::add_verb(WorkloadVerb verb, const QString& text, Glyph glyph, const QString& keys,
                                 const QString& tip) {
    auto* const action = new QAction(icon_of(glyph), text, this);
    action->setShortcut(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, [this, verb] { perform(verb); });
    addAction(action);
    verbs_.push_back({verb, action, tip});
    return action;
}

std::vector<Workload> WorkloadsPage::chosen() const {
    std::vector<Workload> out;
    for (const auto& id : table_->selected_ids())
        if (const auto* workload = session_.workloads.find(id)) out.push_back(*workload);
    return out;
}

void WorkloadsPage::perform(WorkloadVerb verb) {
    std::vector<Workload> able;
    for (const auto& workload : chosen())
        if (!why_not(verb, &workload, session_.connection.state())) able.push_back(workload);
    if (able.empty()) return;
    if (verb == WorkloadVerb::remove) {
        Q_EMIT removal_asked(able);
        return;
    }
    for (const auto& workload : able) {
        if (verb == WorkloadVerb::start) session_.actions.start(workload);
        if (verb == WorkloadVerb::stop) session_.actions.stop(workload);
        if (verb == WorkloadVerb::restart) session_.actions.restart(workload);
        if (verb == WorkloadVerb::pause) session_.actions.pause(workload);
        if (verb == WorkloadVerb::unpause) session_.actions.unpause(workload);
    }
}

void WorkloadsPage::choose(const QString& id) {
    search_->clear();
    table_->select_id(id);
    table_->setFocus();
}

void WorkloadsPage::focus_search() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

void WorkloadsPage::show_current() {
    const auto* const workload = session_.workloads.find(table_->current_id());
    details_->show_workload(workload);
    // A log and a terminal begin when they are looked at, not for every row that the cursor passes.
    if (tabs_->currentWidget() == log_) log_->show_workload(workload);
    if (tabs_->currentWidget() == terminal_) terminal_->show_workload(workload);
    show_rules();
}

void WorkloadsPage::show_rules() {
    const auto link = session_.connection.state();
    const auto workloads = chosen();
    for (const auto& verb : verbs_) {
        // Of several the button is for those it can be done with.
        auto reason = why_not(verb.verb, workloads.empty() ? nullptr : &workloads.front(), link);
        for (const auto& workload : workloads)
            if (reason) reason = why_not(verb.verb, &workload, link);
        enable_unless(*verb.action, reason, verb.tip);
    }
    enable_unless(*run_, why_not_ask(link), QStringLiteral("Make a container and start it"));
}

} // namespace redoubt::gui

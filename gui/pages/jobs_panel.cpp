// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/jobs_panel.hpp"

#include <QHBoxLayout>
#include <QToolButton>
#include <QVBoxLayout>

#include "gui/pages/card.hpp"
#include "gui/widgets/glyph.hpp"
#include "gui/widgets/table_view.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_open_height = 190;
constexpr std::chrono::milliseconds k_wander{60};

} // namespace

JobsPanel::JobsPanel(Session& session, QWidget* parent)
    : QWidget(parent), session_(session), button_(new QToolButton(this)), last_(make_muted({}, this)),
      table_(new TableView(session.job_rows, this)), wander_(this) {
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 0, 20, 10);
    layout->setSpacing(8);
    auto* const row = new QHBoxLayout();
    row->addWidget(button_);
    row->addWidget(last_, 1);
    layout->addLayout(row);
    layout->addWidget(table_);
    button_->setIcon(icon_of(Glyph::jobs));
    button_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button_->setToolTip(QStringLiteral("What was asked for here (Ctrl+J)"));
    connect(button_, &QToolButton::clicked, this, &JobsPanel::toggle);
    table_->setObjectName(QStringLiteral("jobs"));
    table_->setAccessibleName(QStringLiteral("Jobs"));
    table_->setFixedHeight(k_open_height);
    table_->set_widths({34, 12, 16, 0, 20});
    table_->sortByColumn(JobModel::begun, Qt::DescendingOrder);
    table_->set_empty_text(QStringLiteral("Nothing was asked for yet."));
    wander_.setInterval(k_wander);
    connect(&wander_, &QTimer::timeout, table_->viewport(), QOverload<>::of(&QWidget::update));
    connect(&session.jobs, &JobList::changed, this, &JobsPanel::show_state);
    set_open(false);
    show_state();
}

void JobsPanel::set_open(bool is_open) {
    is_open_ = is_open;
    table_->setVisible(is_open);
    show_state();
}

void JobsPanel::show_state() {
    const auto running = session_.jobs.running();
    button_->setText(running == 0 ? QStringLiteral("Jobs") : QStringLiteral("Jobs: %1 running").arg(running));
    if (running > 0 && is_open_)
        wander_.start();
    else
        wander_.stop();
    if (session_.jobs.jobs().empty()) return;
    const auto& job = session_.jobs.jobs().front();
    auto words = text_of(job.title) + QStringLiteral(": ") + text_of(name_of(job.state)).toLower();
    if (!job.detail.empty())
        words += QStringLiteral(", ") + text_of(job.detail).section(QLatin1Char('\n'), 0, 0);
    last_->setText(words);
    const auto& theme = theme_of(palette());
    last_->setStyleSheet(
        QStringLiteral("color: %1").arg((job.state == JobState::failed ? theme.bad : theme.muted).name()));
}

} // namespace redoubt::gui

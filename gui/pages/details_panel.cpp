// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/details_panel.hpp"

#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "gui/pages/card.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_name_width = 150;

} // namespace

DetailsPanel::DetailsPanel(Session& session, QWidget* parent)
    : QScrollArea(parent), session_(session), inbox_(this) {
    setWidgetResizable(true);
    show_words(QStringLiteral("Choose a workload to see what it is."));
}

void DetailsPanel::show_workload(const Workload* workload) {
    if (workload == nullptr) {
        if (!id_.isEmpty()) show_words(QStringLiteral("Choose a workload to see what it is."));
        id_.clear();
        return;
    }
    const auto id = text_of(workload->id);
    if (id == id_ && workload->state == state_) return;
    if (session_.connection.state() != LinkState::online) return;
    if (id != id_) show_words(QStringLiteral("Asking the node…"));
    id_ = id;
    state_ = workload->state;
    session_.connection.ask(
        inbox_.share(),
        [id = workload->id, kind = workload->kind](NodeClient& client) { return client.details(id, kind); },
        [this, id](const Result<Details>& details) {
            if (id != id_) return;
            if (details)
                show_details(*details);
            else
                show_words(QString::fromStdString(details.error().message));
        });
}

QWidget* DetailsPanel::begin() {
    auto* const inside = new QWidget();
    auto* const layout = new QVBoxLayout(inside);
    layout->setContentsMargins(18, 12, 18, 14);
    layout->setSpacing(6);
    setWidget(inside);
    return inside;
}

void DetailsPanel::show_words(const QString& words) {
    auto* const inside = begin();
    auto* const label = new QLabel(words, inside);
    label->setObjectName(QStringLiteral("empty"));
    label->setTextFormat(Qt::PlainText);
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
    inside->layout()->addWidget(label);
}

void DetailsPanel::show_details(const Details& details) {
    auto* const inside = begin();
    auto* const layout = static_cast<QVBoxLayout*>(inside->layout());
    for (const auto& group : details.groups) {
        auto* const heading = new QLabel(text_of(group.title), inside);
        heading->setTextFormat(Qt::PlainText);
        heading->setObjectName(QStringLiteral("heading"));
        if (&group != &details.groups.front()) layout->addSpacing(10);
        layout->addWidget(heading);
        auto* const grid = new QGridLayout();
        grid->setHorizontalSpacing(16);
        grid->setVerticalSpacing(5);
        grid->setColumnMinimumWidth(0, k_name_width);
        grid->setColumnStretch(1, 1);
        for (const auto& [name, value] : group.lines) {
            const int row = grid->rowCount();
            auto* const text = new QLabel(text_of(value), inside);
            text->setTextFormat(Qt::PlainText); // what a container says is never markup
            text->setWordWrap(true);
            text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
            auto* const label = make_muted(text_of(name), inside);
            label->setTextFormat(Qt::PlainText);
            grid->addWidget(label, row, 0, Qt::AlignTop);
            grid->addWidget(text, row, 1);
        }
        layout->addLayout(grid);
    }
    layout->addStretch();
}

} // namespace redoubt::gui

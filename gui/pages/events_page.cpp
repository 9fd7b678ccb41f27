// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/events_page.hpp"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "gui/pages/card.hpp"
#include "gui/widgets/table_view.hpp"

namespace redoubt::gui {

EventsPage::EventsPage(Session& session, QWidget* parent)
    : QWidget(parent), search_(make_search(QStringLiteral("Search (Ctrl+F)"), this)),
      table_(new TableView(session.events, this)) {
    QHBoxLayout* title_row = nullptr;
    auto* const layout = begin_page(*this, QStringLiteral("Events"), &title_row);
    title_row->addWidget(search_);
    title_row->addStretch();
    title_row->addWidget(make_muted(QStringLiteral("Times are of this machine's zone"), this));
    table_->setObjectName(QStringLiteral("events"));
    table_->setAccessibleName(QStringLiteral("Events"));
    table_->set_widths({20, 12, 18, 28, 0});
    table_->sortByColumn(0, Qt::DescendingOrder);
    table_->set_empty_text(QStringLiteral("Nothing has happened since this console is here."));
    layout->addWidget(table_, 1);
    connect(search_, &QLineEdit::textChanged, this,
            [this](const QString& words) { table_->filter().search(words); });
}

void EventsPage::focus_search() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

} // namespace redoubt::gui

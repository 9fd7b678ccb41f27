// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/images_page.hpp"

#include <QAction>
#include <QHBoxLayout>
#include <QToolButton>
#include <QVBoxLayout>

#include "gui/models/workload_rules.hpp"
#include "gui/pages/card.hpp"
#include "gui/widgets/glyph.hpp"
#include "gui/widgets/reason.hpp"
#include "gui/widgets/table_view.hpp"

namespace redoubt::gui {

ImagesPage::ImagesPage(Session& session, QWidget* parent) : QWidget(parent), session_(session) {
    QHBoxLayout* title_row = nullptr;
    auto* const layout = begin_page(*this, QStringLiteral("Images"), &title_row);
    search_ = make_search(QStringLiteral("Search (Ctrl+F)"), this);
    title_row->addWidget(search_);
    title_row->addStretch();
    run_ = new QAction(icon_of(Glyph::play), QStringLiteral("Run…"), this);
    remove_ = new QAction(icon_of(Glyph::trash), QStringLiteral("Remove…"), this);
    remove_->setShortcut(QKeySequence(Qt::Key_Delete));
    remove_->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    pull_ = new QAction(accent_icon_of(Glyph::download), QStringLiteral("Pull…"), this);
    pull_->setShortcut(QStringLiteral("Ctrl+P"));
    addActions({run_, remove_, pull_});
    title_row->addWidget(make_button(run_, this));
    title_row->addWidget(make_button(remove_, this));
    auto* const pull_button = make_button(pull_, this);
    pull_button->setObjectName(QStringLiteral("primary"));
    title_row->addWidget(pull_button);
    table_ = new TableView(session.images, this);
    table_->setObjectName(QStringLiteral("images"));
    table_->setAccessibleName(QStringLiteral("Images"));
    table_->setSelectionMode(QAbstractItemView::SingleSelection);
    table_->set_widths({0, 15, 14, 12, 12, 20});
    table_->sortByColumn(0, Qt::AscendingOrder);
    table_->set_empty_text(QStringLiteral("No images yet. Ctrl+P pulls one."));
    layout->addWidget(table_, 1);
    connect(search_, &QLineEdit::textChanged, this,
            [this](const QString& words) { table_->filter().search(words); });
    connect(table_, &TableView::current_changed, this, &ImagesPage::show_rules);
    connect(&session, &Session::rules_changed, this, &ImagesPage::show_rules);
    connect(pull_, &QAction::triggered, this, &ImagesPage::pull_asked);
    connect(run_, &QAction::triggered, this, [this] {
        if (const auto* image = chosen())
            Q_EMIT run_asked(text_of(image->names).section(QStringLiteral(", "), 0, 0));
    });
    connect(remove_, &QAction::triggered, this, [this] {
        if (const auto* image = chosen()) Q_EMIT removal_asked(*image);
    });
    show_rules();
}

const ImageRow* ImagesPage::chosen() const {
    return session_.images.find(table_->current_id());
}

void ImagesPage::choose(const QString& id) {
    search_->clear();
    table_->select_id(id);
    table_->setFocus();
}

void ImagesPage::focus_search() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

void ImagesPage::show_rules() {
    const auto link = why_not_ask(session_.connection.state());
    const auto* const image = chosen();
    auto reason = link;
    if (!reason && image == nullptr) reason = QStringLiteral("Choose an image first");
    enable_unless(*pull_, link, QStringLiteral("Bring an image from a registry to the node"));
    enable_unless(*remove_, reason, QStringLiteral("Remove it from the node"));
    if (!reason && image->names.empty()) reason = QStringLiteral("It has no name to run it by");
    enable_unless(*run_, reason, QStringLiteral("Make a container of it"));
}

} // namespace redoubt::gui

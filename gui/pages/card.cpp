// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/card.hpp"

#include <QAction>
#include <QHBoxLayout>
#include <QToolButton>
#include <QVBoxLayout>

#include "gui/widgets/glyph.hpp"

namespace redoubt::gui {

QVBoxLayout* begin_page(QWidget& page, const QString& title, QHBoxLayout** title_row) {
    auto* const layout = new QVBoxLayout(&page);
    layout->setContentsMargins(20, 16, 20, 16);
    layout->setSpacing(12);
    auto* const row = new QHBoxLayout();
    row->setSpacing(8);
    auto* const label = new QLabel(title, &page);
    label->setObjectName(QStringLiteral("title"));
    row->addWidget(label);
    row->addSpacing(12);
    layout->addLayout(row);
    *title_row = row;
    return layout;
}

QFrame* make_card(const QString& heading, QVBoxLayout** inside, QWidget* parent) {
    auto* const card = new QFrame(parent);
    card->setObjectName(QStringLiteral("card"));
    auto* const layout = new QVBoxLayout(card);
    layout->setContentsMargins(16, 12, 16, 14);
    layout->setSpacing(8);
    if (!heading.isEmpty()) {
        auto* const label = new QLabel(heading, card);
        label->setObjectName(QStringLiteral("heading"));
        layout->addWidget(label);
    }
    *inside = layout;
    return card;
}

QLabel* make_muted(const QString& text, QWidget* parent) {
    auto* const label = new QLabel(text, parent);
    label->setObjectName(QStringLiteral("muted"));
    label->setTextFormat(Qt::PlainText);
    return label;
}

QLineEdit* make_search(const QString& hint, QWidget* parent) {
    auto* const field = new QLineEdit(parent);
    field->setPlaceholderText(hint);
    field->setAccessibleName(hint);
    field->setClearButtonEnabled(true);
    field->setMinimumWidth(240);
    field->setMaximumWidth(340);
    field->addAction(icon_of(Glyph::search), QLineEdit::LeadingPosition);
    return field;
}

QToolButton* make_button(QAction* action, QWidget* parent) {
    auto* const button = new QToolButton(parent);
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QFrame>
#include <QLabel>
#include <QLineEdit>

class QAction;
class QHBoxLayout;
class QToolButton;
class QVBoxLayout;

namespace redoubt::gui {

/// A page's layout: the same margins and gaps everywhere, and its title. The row is where the title stands.
QVBoxLayout* begin_page(QWidget& page, const QString& title, QHBoxLayout** title_row);
/// A framed part of a page with a heading; contents go into the layout.
QFrame* make_card(const QString& heading, QVBoxLayout** inside, QWidget* parent);
QLabel* make_muted(const QString& text, QWidget* parent);
/// A field that looks for words, with a way to empty it.
QLineEdit* make_search(const QString& hint, QWidget* parent);
/// A button for an action, with its words.
QToolButton* make_button(QAction* action, QWidget* parent);

} // namespace redoubt::gui

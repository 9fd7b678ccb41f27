// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/banner.hpp"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

#include "gui/widgets/theme.hpp"

namespace redoubt::gui {

Banner::Banner(QWidget* parent) : QFrame(parent), text_(new QLabel(this)), button_(new QPushButton(this)) {
    setObjectName(QStringLiteral("banner"));
    auto* const layout = new QHBoxLayout(this);
    layout->setContentsMargins(20, 7, 14, 7);
    layout->addWidget(text_, 1);
    layout->addWidget(button_);
    text_->setTextFormat(Qt::PlainText); // it may be an error's, of a node
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    connect(button_, &QPushButton::clicked, this, &Banner::acted);
    hide();
}

void Banner::tell(StateColour colour, const QString& text, const QString& action) {
    colour_ = colour;
    text_->setText(text);
    text_->setAccessibleName(text);
    button_->setText(action);
    button_->setVisible(!action.isEmpty());
    show();
    update();
}

QString Banner::text() const {
    return text_->text();
}

void Banner::paintEvent(QPaintEvent* /*event*/) {
    const auto& theme = theme_of(palette());
    QPainter painter(this);
    const auto colour = theme.of(colour_);
    painter.fillRect(rect(), theme.surface);
    painter.fillRect(rect(), theme.tint(colour));
    painter.fillRect(QRect(0, 0, 4, height()), colour);
    painter.fillRect(QRect(0, height() - 1, width(), 1), theme.border);
}

} // namespace redoubt::gui

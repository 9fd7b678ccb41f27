// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/cell_delegate.hpp"

#include <QDateTime>
#include <QPainter>

#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_dot = 8;
constexpr int k_margin = 12;
constexpr int k_row_padding = 12;

void paint_bar(QPainter& painter, const QRect& cell, const Theme& theme, double progress) {
    const QRectF track(cell.x() + k_margin, cell.center().y() - 2.0, cell.width() - 2.0 * k_margin, 6);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(track, 3, 3);
    auto done = track;
    if (progress >= 0) {
        done.setWidth(std::max(6.0, track.width() * progress));
    } else { // how far nobody knows: a piece that wanders
        const double phase = static_cast<double>(QDateTime::currentMSecsSinceEpoch() % 1600) / 1600.0;
        done.setWidth(track.width() / 3);
        done.moveLeft(track.left() + phase * (track.width() - done.width()));
    }
    painter.setBrush(theme.accent);
    painter.drawRoundedRect(done, 3, 3);
}

} // namespace

void CellDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const {
    QStyledItemDelegate::initStyleOption(option, index);
    option->state &= ~QStyle::State_HasFocus; // the row is what is chosen, not the cell
    const auto state = index.data(k_state_role);
    if (!state.isValid()) return;
    const auto colour = theme_of(option->palette).of(static_cast<StateColour>(state.toInt()));
    option->palette.setColor(QPalette::Text, colour);
    option->palette.setColor(QPalette::HighlightedText, colour);
    if (!index.data(k_progress_role).isValid()) option->text.prepend(QStringLiteral("     "));
}

void CellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const {
    const auto progress = index.data(k_progress_role);
    if (progress.isValid()) {
        QStyledItemDelegate::paint(painter, option, QModelIndex());
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        paint_bar(*painter, option.rect, theme_of(option.palette), progress.toDouble());
        painter->restore();
        return;
    }
    QStyledItemDelegate::paint(painter, option, index);
    const auto state = index.data(k_state_role);
    if (!state.isValid() || index.data().toString().isEmpty()) return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme_of(option.palette).of(static_cast<StateColour>(state.toInt())));
    painter->drawEllipse(
        QRectF(option.rect.x() + k_margin, option.rect.center().y() - k_dot / 2.0 + 0.5, k_dot, k_dot));
    painter->restore();
}

QSize CellDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    auto size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(option.fontMetrics.height() + k_row_padding);
    return size;
}

} // namespace redoubt::gui

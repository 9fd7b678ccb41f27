// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/terminal_view.hpp"

#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>

#include "gui/widgets/terminal_keys.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_margin = 8;
constexpr int k_first_rows = 24;
constexpr int k_first_columns = 80;
// A terminal is dark in both themes: programs choose their colours for that.
constexpr QRgb k_ground = 0xff10141b;
constexpr QRgb k_letters = 0xffdde3ec;

} // namespace

TerminalView::TerminalView(QWidget* parent) : QAbstractScrollArea(parent) {
    auto fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPointSizeF(font().pointSizeF());
    fixed.setStyleHint(QFont::Monospace);
    setFont(fixed);
    const QFontMetricsF metrics(fixed);
    cell_width_ = metrics.horizontalAdvance(QLatin1Char('M'));
    cell_height_ = static_cast<int>(std::ceil(metrics.height())) + 1;
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(NoFrame);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setCursor(Qt::IBeamCursor);
    setAccessibleName(QStringLiteral("Terminal"));
    reset();
}

void TerminalView::reset() {
    const int rows = screen_ ? screen_->rows() : k_first_rows;
    const int columns = screen_ ? screen_->columns() : k_first_columns;
    screen_ = std::make_unique<TerminalScreen>(rows, columns, [this](std::string_view bytes) {
        Q_EMIT typed(QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())));
    });
    anchor_ = head_ = {};
    update_scroll_bar(/*stay=*/false);
    viewport()->update();
}

void TerminalView::feed(const QByteArray& output) {
    const int before = screen_->history();
    const bool is_at_end = verticalScrollBar()->value() == verticalScrollBar()->maximum();
    screen_->feed({output.constData(), static_cast<std::size_t>(output.size())});
    if (screen_->history() != before) anchor_ = head_ = {}; // what was chosen has moved
    update_scroll_bar(!is_at_end);
    viewport()->update();
}

void TerminalView::set_live(bool is_live) {
    is_live_ = is_live;
    viewport()->update();
}

void TerminalView::update_scroll_bar(bool stay) {
    const int value = verticalScrollBar()->value();
    verticalScrollBar()->setRange(0, screen_->history());
    verticalScrollBar()->setPageStep(screen_->rows());
    verticalScrollBar()->setValue(stay ? value : screen_->history());
}

void TerminalView::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    const int rows = std::max(2, (viewport()->height() - 2 * k_margin) / cell_height_);
    const int columns = std::max(10, static_cast<int>((viewport()->width() - 2 * k_margin) / cell_width_));
    if (rows == screen_->rows() && columns == screen_->columns()) return;
    screen_->resize(rows, columns);
    update_scroll_bar(/*stay=*/false);
    Q_EMIT resized(screen_->rows(), screen_->columns());
}

TerminalPlace TerminalView::place_at(const QPoint& point) const {
    const int top = verticalScrollBar()->value() - screen_->history();
    const int row = std::clamp((point.y() - k_margin) / cell_height_, 0, screen_->rows() - 1);
    const int column = static_cast<int>(std::lround((point.x() - k_margin) / cell_width_));
    return {top + row, std::clamp(column, 0, screen_->columns())};
}

bool TerminalView::is_selected(TerminalPlace place) const {
    const auto [first, last] = std::minmax(anchor_, head_);
    return first <= place && place < last;
}

void TerminalView::paint_cell(QPainter& painter, TerminalPlace place, const QRectF& where,
                              const TerminalCell& cell) const {
    QColor ground = cell.background ? QColor::fromRgb(*cell.background) : QColor::fromRgb(k_ground);
    QColor letters = cell.foreground ? QColor::fromRgb(*cell.foreground) : QColor::fromRgb(k_letters);
    if (cell.is_reversed) std::swap(ground, letters);
    if (is_selected(place)) ground = QColor(0x33, 0x55, 0x90);
    painter.fillRect(where, ground);
    if (cell.text.empty() || cell.text == U" ") return;
    auto style = font();
    style.setBold(cell.is_bold);
    style.setItalic(cell.is_italic);
    style.setUnderline(cell.is_underlined);
    style.setStrikeOut(cell.is_struck);
    painter.setFont(style);
    painter.setPen(letters);
    const double base = where.top() + painter.fontMetrics().ascent();
    painter.drawText(QPointF(where.left(), base),
                     QString::fromUcs4(cell.text.data(), static_cast<qsizetype>(cell.text.size())));
}

void TerminalView::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), QColor::fromRgb(k_ground));
    const int top = verticalScrollBar()->value() - screen_->history();
    for (int row = 0; row < screen_->rows(); ++row) {
        for (int column = 0; column < screen_->columns();) {
            const TerminalPlace place{top + row, column};
            const auto cell = screen_->cell(place);
            const QRectF where(k_margin + column * cell_width_, k_margin + row * cell_height_,
                               cell_width_ * cell.width, cell_height_);
            paint_cell(painter, place, where, cell);
            column += cell.width;
        }
    }
    paint_cursor(painter);
}

void TerminalView::paint_cursor(QPainter& painter) const {
    const auto cursor = screen_->cursor();
    const int shift = screen_->history() - verticalScrollBar()->value();
    if (!screen_->is_cursor_shown() || cursor.row + shift >= screen_->rows()) return;
    const QRectF where(k_margin + cursor.column * cell_width_, k_margin + (cursor.row + shift) * cell_height_,
                       cell_width_, cell_height_);
    const QColor colour(0x74, 0xa7, 0xff);
    if (!is_live_ || !hasFocus()) {
        painter.setPen(colour);
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(where.adjusted(0.5, 0.5, -0.5, -0.5));
        return;
    }
    auto cell = screen_->cell(cursor);
    cell.foreground = k_ground & 0xffffffU;
    cell.background = colour.rgb() & 0xffffffU;
    cell.is_reversed = false;
    paint_cell(painter, cursor, where, cell);
}

bool TerminalView::event(QEvent* event) {
    // The window's shortcuts would take Ctrl+K and its like from the program.
    if (event->type() == QEvent::ShortcutOverride && is_live_) {
        event->accept();
        return true;
    }
    return QAbstractScrollArea::event(event);
}

bool TerminalView::focusNextPrevChild(bool next) {
    return is_live_ ? false : QAbstractScrollArea::focusNextPrevChild(next); // Tab is the program's
}

void TerminalView::keyPressEvent(QKeyEvent* event) {
    const bool is_ours = event->modifiers() == (Qt::ControlModifier | Qt::ShiftModifier);
    if (is_ours && event->key() == Qt::Key_C) return copy();
    if (is_ours && event->key() == Qt::Key_V) return paste();
    if (!is_live_) {
        QAbstractScrollArea::keyPressEvent(event);
        return;
    }
    if (give_key(*screen_, *event)) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void TerminalView::mousePressEvent(QMouseEvent* event) {
    setFocus(Qt::MouseFocusReason);
    if (event->button() == Qt::MiddleButton) {
        if (is_live_) screen_->paste(QApplication::clipboard()->text(QClipboard::Selection).toStdString());
        return;
    }
    anchor_ = head_ = place_at(event->pos());
    is_selecting_ = event->button() == Qt::LeftButton;
    viewport()->update();
}

void TerminalView::mouseMoveEvent(QMouseEvent* event) {
    if (!is_selecting_) return;
    head_ = place_at(event->pos());
    viewport()->update();
}

void TerminalView::mouseReleaseEvent(QMouseEvent* /*event*/) {
    is_selecting_ = false;
    const auto text = selected_text();
    if (!text.isEmpty()) QApplication::clipboard()->setText(text, QClipboard::Selection);
}

void TerminalView::wheelEvent(QWheelEvent* event) {
    constexpr int k_lines_a_notch = 3;
    verticalScrollBar()->setValue(verticalScrollBar()->value() -
                                  event->angleDelta().y() / 120 * k_lines_a_notch);
    viewport()->update();
}

void TerminalView::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void TerminalView::focusOutEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

QString TerminalView::selected_text() const {
    const auto [first, last] = std::minmax(anchor_, head_);
    return first == last ? QString() : QString::fromStdString(screen_->text(first, last));
}

void TerminalView::copy() const {
    const auto text = selected_text();
    if (!text.isEmpty()) QApplication::clipboard()->setText(text);
}

void TerminalView::paste() {
    if (is_live_) screen_->paste(QApplication::clipboard()->text().toStdString());
}

} // namespace redoubt::gui

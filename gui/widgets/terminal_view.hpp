// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QAbstractScrollArea>

#include "gui/widgets/terminal_screen.hpp"

namespace redoubt::gui {

/// A terminal: shows what programs write, sends what is typed. Ctrl+Shift+C and Ctrl+Shift+V copy and paste,
/// the mouse chooses text, the wheel goes through what was before. All other keys are the program's.
class TerminalView final : public QAbstractScrollArea {
    Q_OBJECT
  public:
    explicit TerminalView(QWidget* parent = nullptr);

    void feed(const QByteArray& output);
    /// An empty screen for another program.
    void reset();
    /// Keys go nowhere, and the cursor is hollow.
    void set_live(bool is_live);
    [[nodiscard]] const TerminalScreen& screen() const { return *screen_; }
    [[nodiscard]] QString selected_text() const;
    void copy() const;
    void paste();

  Q_SIGNALS:
    void typed(const QByteArray& bytes);
    void resized(int rows, int columns);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool focusNextPrevChild(bool next) override;

  private:
    [[nodiscard]] TerminalPlace place_at(const QPoint& point) const;
    [[nodiscard]] bool is_selected(TerminalPlace place) const;
    void paint_cell(QPainter& painter, TerminalPlace place, const QRectF& where,
                    const TerminalCell& cell) const;
    void paint_cursor(QPainter& painter) const;
    void update_scroll_bar(bool stay);

    std::unique_ptr<TerminalScreen> screen_;
    double cell_width_ = 8;
    int cell_height_ = 16;
    bool is_live_ = false;
    TerminalPlace anchor_;
    TerminalPlace head_;
    bool is_selecting_ = false;
};

} // namespace redoubt::gui

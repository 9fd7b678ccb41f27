// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QFrame>
#include <functional>

#include "gui/models/time_series.hpp"

namespace redoubt::gui {

/// Values over time, up to two lines on one scale from 0: a card with the value of now, a grid, and the value
/// under the pointer. Paints nothing by itself: who adds values calls update().
class TimeChart final : public QFrame {
    Q_OBJECT
  public:
    using Format = std::function<QString(double)>;

    /// `least_top`: the scale reaches at least to there. `format` says a value with its unit.
    TimeChart(QString title, Format format, double least_top, QWidget* parent = nullptr);

    /// Lifetime: borrows the series.
    void add_line(const QString& name, const TimeSeries& series);
    /// What is said behind the value of now: "of 8 CPUs".
    void set_note(const QString& note);
    void set_span(std::chrono::seconds span);
    /// A value that is the most there can be; 0: there is none.
    void set_ceiling(double ceiling);

    [[nodiscard]] QSize sizeHint() const override { return {360, 190}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {240, 150}; }

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    struct Line {
        QString name;
        const TimeSeries* series;
    };
    [[nodiscard]] QRectF plot() const;
    [[nodiscard]] double top_of_scale() const;
    [[nodiscard]] QPointF point_of(const TimeSeries::Point& point, double top) const;
    void paint_head(QPainter& painter) const;
    void paint_grid(QPainter& painter, double top) const;
    void paint_line(QPainter& painter, std::size_t line, double top) const;
    void paint_pointer(QPainter& painter, double top) const;

    QString title_;
    Format format_;
    double least_top_;
    double ceiling_ = 0;
    QString note_;
    std::vector<Line> lines_;
    std::int64_t span_ns_ = 300LL * 1'000'000'000;
    std::int64_t now_ = 0;
    double pointer_ = -1; ///< x; below 0: it is elsewhere
};

/// The least of 1, 2 and 5 times a power of ten (of two, for bytes, from 1024 on) that is not below a value.
[[nodiscard]] double round_up_scale(double value);

} // namespace redoubt::gui

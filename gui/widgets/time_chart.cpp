// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/time_chart.hpp"

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <cmath>

#include "gui/backend/values.hpp"
#include "gui/models/texts.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

constexpr double k_margin = 16;
constexpr double k_head = 54;
constexpr double k_foot = 22;
constexpr int k_grid_lines = 3;

QFont sized(QFont font, double factor, QFont::Weight weight) {
    font.setPointSizeF(font.pointSizeF() * factor);
    font.setWeight(weight);
    return font;
}

} // namespace

double round_up_scale(double value) {
    double unit = 1;
    while (value / unit >= 1024) unit *= 1024;
    const double rest = value / unit;
    double step = std::pow(10, std::floor(std::log10(std::max(rest, 1e-9))));
    for (const double factor : {1.0, 2.0, 5.0, 10.0})
        if (rest <= factor * step) return factor * step * unit;
    return value;
}

TimeChart::TimeChart(QString title, Format format, double least_top, QWidget* parent)
    : QFrame(parent), title_(std::move(title)), format_(std::move(format)), least_top_(least_top) {
    setObjectName(QStringLiteral("card"));
    setMouseTracking(true);
    setAccessibleName(title_);
}

void TimeChart::add_line(const QString& name, const TimeSeries& series) {
    lines_.push_back({name, &series});
}

void TimeChart::set_note(const QString& note) {
    note_ = note;
}

void TimeChart::set_span(std::chrono::seconds span) {
    span_ns_ = std::chrono::nanoseconds(span).count();
    update();
}

void TimeChart::set_ceiling(double ceiling) {
    ceiling_ = ceiling;
}

QRectF TimeChart::plot() const {
    return {k_margin, k_head, width() - 2 * k_margin, height() - k_head - k_foot};
}

double TimeChart::top_of_scale() const {
    double most = least_top_;
    for (const auto& line : lines_) most = std::max(most, line.series->most_since(now_ - span_ns_));
    const double top = round_up_scale(most);
    return ceiling_ > 0 ? std::max(most, std::min(top, ceiling_)) : top;
}

QPointF TimeChart::point_of(const TimeSeries::Point& point, double top) const {
    const auto area = plot();
    const double age = static_cast<double>(now_ - point.time) / static_cast<double>(span_ns_);
    return {area.right() - age * area.width(),
            area.bottom() - std::min(point.value / top, 1.0) * area.height()};
}

void TimeChart::paintEvent(QPaintEvent* event) {
    QFrame::paintEvent(event);
    now_ = now_ns();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double top = top_of_scale();
    paint_grid(painter, top);
    painter.save();
    painter.setClipRect(plot().adjusted(-1, -2, 1, 1));
    for (std::size_t line = 0; line < lines_.size(); ++line) paint_line(painter, line, top);
    painter.restore();
    paint_head(painter);
    paint_pointer(painter, top);
}

void TimeChart::paint_head(QPainter& painter) const {
    const auto& theme = theme_of(palette());
    painter.setFont(sized(font(), 1.0, QFont::DemiBold));
    painter.setPen(theme.muted);
    painter.drawText(QRectF(k_margin, 10, width() - 2 * k_margin, 18), Qt::AlignLeft | Qt::AlignVCenter,
                     title_);
    double left = k_margin;
    for (std::size_t at = 0; at < lines_.size(); ++at) {
        const auto last = lines_[at].series->last();
        const auto value = last ? format_(*last) : QStringLiteral("…");
        painter.setFont(sized(font(), 1.35, QFont::DemiBold));
        painter.setPen(lines_.size() == 1 ? theme.text : line_colour(theme, at));
        const double width_of_value = painter.fontMetrics().horizontalAdvance(value);
        painter.drawText(QPointF(left, 46), value);
        left += width_of_value + 6;
        const auto words = lines_.size() == 1 ? note_ : lines_[at].name;
        painter.setFont(sized(font(), 0.9, QFont::Normal));
        painter.setPen(theme.muted);
        painter.drawText(QPointF(left, 46), words);
        left += painter.fontMetrics().horizontalAdvance(words) + 18;
    }
}

void TimeChart::paint_grid(QPainter& painter, double top) const {
    const auto& theme = theme_of(palette());
    const auto area = plot();
    auto faint = theme.border;
    faint.setAlphaF(0.6F);
    painter.setFont(sized(font(), 0.8, QFont::Normal));
    for (int line = 0; line <= k_grid_lines; ++line) {
        const double y = area.bottom() - area.height() * line / k_grid_lines;
        painter.setPen(QPen(line == 0 ? theme.border : faint, 1));
        painter.drawLine(QPointF(area.left(), std::round(y) + 0.5),
                         QPointF(area.right(), std::round(y) + 0.5));
    }
    painter.setPen(theme.muted);
    painter.drawText(QRectF(area.left(), 10, area.width(), 18), Qt::AlignRight | Qt::AlignVCenter,
                     QStringLiteral("top ") + format_(top));
    const QRectF foot(area.left(), area.bottom() + 3, area.width(), k_foot - 6);
    const auto minutes = span_ns_ / 60'000'000'000;
    painter.drawText(foot, Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("%1 min ago").arg(minutes));
    painter.drawText(foot, Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("now"));
}

void TimeChart::paint_line(QPainter& painter, std::size_t line, double top) const {
    const auto& points = lines_[line].series->points();
    const auto colour = line_colour(theme_of(palette()), line);
    const auto area = plot();
    QPainterPath path;
    QPainterPath below;
    const TimeSeries::Point* before = nullptr;
    QPointF at;
    const auto close_below = [&] {
        if (before != nullptr) below.lineTo(at.x(), area.bottom());
    };
    for (const auto& point : points) {
        if (point.time < now_ - span_ns_ - TimeSeries::k_gap_ns) continue;
        const auto next = point_of(point, top);
        if (before == nullptr || point.time - before->time > TimeSeries::k_gap_ns) {
            close_below();
            path.moveTo(next);
            below.moveTo(next.x(), area.bottom());
        } else {
            path.lineTo(next);
        }
        below.lineTo(next);
        at = next;
        before = &point;
    }
    close_below();
    auto faint = colour;
    faint.setAlphaF(0.24F);
    auto none = colour;
    none.setAlphaF(0.02F);
    QLinearGradient ground(area.topLeft(), area.bottomLeft());
    ground.setColorAt(0, faint);
    ground.setColorAt(1, none);
    if (line == 0) painter.fillPath(below, ground);
    painter.setPen(QPen(colour, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
}

void TimeChart::paint_pointer(QPainter& painter, double top) const {
    const auto area = plot();
    if (pointer_ < area.left() || pointer_ > area.right()) return;
    const auto& theme = theme_of(palette());
    const auto time = now_ - static_cast<std::int64_t>((area.right() - pointer_) / area.width() *
                                                       static_cast<double>(span_ns_));
    QString words;
    for (std::size_t line = 0; line < lines_.size(); ++line) {
        const auto point = lines_[line].series->near(time, TimeSeries::k_gap_ns);
        if (!point) continue;
        const auto at = point_of(*point, top);
        painter.setPen(Qt::NoPen);
        painter.setBrush(line_colour(theme, line));
        painter.drawEllipse(at, 3.5, 3.5);
        words += QStringLiteral("   ") + format_(point->value);
        if (words.size() > 0 && line == 0) words.prepend(clock_text(point->time).left(8));
    }
    if (words.isEmpty()) return;
    painter.setPen(QPen(theme.muted, 1, Qt::DashLine));
    painter.drawLine(QPointF(pointer_, area.top()), QPointF(pointer_, area.bottom()));
    painter.setFont(sized(font(), 0.85, QFont::Normal));
    const double wide = painter.fontMetrics().horizontalAdvance(words) + 16;
    const double left = std::clamp(pointer_ - wide / 2, area.left(), area.right() - wide);
    const QRectF box(left, area.top() + 2, wide, 22);
    painter.setPen(QPen(theme.border, 1));
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(box, 4, 4);
    painter.setPen(theme.text);
    painter.drawText(box, Qt::AlignCenter, words);
}

void TimeChart::mouseMoveEvent(QMouseEvent* event) {
    pointer_ = event->position().x();
    update();
}

void TimeChart::leaveEvent(QEvent* /*event*/) {
    pointer_ = -1;
    update();
}

} // namespace redoubt::gui

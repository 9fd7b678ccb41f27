// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/glyph.hpp"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPixmap>
#include <array>

#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

// All in a square of 16 by 16.
constexpr double k_side = 16;

QPainterPath boxes(std::initializer_list<QRectF> rects, double radius) {
    QPainterPath out;
    for (const auto& rect : rects) out.addRoundedRect(rect, radius, radius);
    return out;
}

QPainterPath lines(std::initializer_list<std::initializer_list<QPointF>> all) {
    QPainterPath out;
    for (const auto& line : all) {
        out.moveTo(*line.begin());
        for (const auto& point : line) out.lineTo(point);
    }
    return out;
}

QPainterPath shield() {
    QPainterPath out(QPointF(8, 1.8));
    out.lineTo(13.4, 3.8);
    out.cubicTo(13.6, 8.6, 12, 12.2, 8, 14.2);
    out.cubicTo(4, 12.2, 2.4, 8.6, 2.6, 3.8);
    out.closeSubpath();
    out.addPath(lines({{{5.6, 8}, {7.3, 9.8}, {10.6, 6.2}}}));
    return out;
}

QPainterPath cube() {
    return lines({{{8, 1.8}, {13.6, 4.8}, {13.6, 11.2}, {8, 14.2}, {2.4, 11.2}, {2.4, 4.8}, {8, 1.8}},
                  {{2.4, 4.8}, {8, 7.9}, {13.6, 4.8}},
                  {{8, 7.9}, {8, 14.2}}});
}

QPainterPath layers() {
    return lines({{{8, 2.2}, {14, 5.3}, {8, 8.4}, {2, 5.3}, {8, 2.2}},
                  {{2, 8.2}, {8, 11.3}, {14, 8.2}},
                  {{2, 11}, {8, 14.1}, {14, 11}}});
}

QPainterPath round_arrow() {
    QPainterPath out;
    out.arcMoveTo(QRectF(2.8, 2.8, 10.4, 10.4), 60);
    out.arcTo(QRectF(2.8, 2.8, 10.4, 10.4), 60, 300);
    out.addPath(lines({{{13.6, 2.4}, {13.2, 5.6}, {10, 5.2}}}));
    return out;
}

QPainterPath trash() {
    return lines({{{2.8, 4.4}, {13.2, 4.4}},
                  {{6, 4.2}, {6, 2.4}, {10, 2.4}, {10, 4.2}},
                  {{4, 4.6}, {4.6, 13.8}, {11.4, 13.8}, {12, 4.6}},
                  {{6.7, 7}, {6.9, 11.4}},
                  {{9.3, 7}, {9.1, 11.4}}});
}

QPainterPath search() {
    QPainterPath out;
    out.addEllipse(QRectF(2.4, 2.4, 8.4, 8.4));
    out.addPath(lines({{{9.8, 9.8}, {13.8, 13.8}}}));
    return out;
}

QPainterPath half_moon() {
    QPainterPath out;
    out.addEllipse(QRectF(2.4, 2.4, 11.2, 11.2));
    out.addPath(lines({{{8, 2.4}, {8, 13.6}}, {{10, 3.4}, {10, 12.6}}, {{12, 5}, {12, 11}}}));
    return out;
}

QPainterPath path_of(Glyph glyph) {
    switch (glyph) {
    case Glyph::dashboard: return boxes({{2, 2, 5, 5}, {9, 2, 5, 5}, {2, 9, 5, 5}, {9, 9, 5, 5}}, 1.2);
    case Glyph::workloads: return cube();
    case Glyph::images: return layers();
    case Glyph::events:
        return lines({{{2.4, 3.6}, {3.4, 3.6}},
                      {{6, 3.6}, {13.6, 3.6}},
                      {{2.4, 8}, {3.4, 8}},
                      {{6, 8}, {13.6, 8}},
                      {{2.4, 12.4}, {3.4, 12.4}},
                      {{6, 12.4}, {11, 12.4}}});
    case Glyph::attestation:
    case Glyph::shield: return shield();
    case Glyph::jobs:
        return lines({{{2.4, 4}, {3.8, 5.4}, {6, 2.8}},
                      {{8, 4}, {13.6, 4}},
                      {{2.4, 11}, {3.8, 12.4}, {6, 9.8}},
                      {{8, 11}, {13.6, 11}}});
    case Glyph::play: return lines({{{4.6, 2.8}, {13, 8}, {4.6, 13.2}, {4.6, 2.8}}});
    case Glyph::stop: return boxes({{3.4, 3.4, 9.2, 9.2}}, 1.4);
    case Glyph::pause: return lines({{{5.4, 3}, {5.4, 13}}, {{10.6, 3}, {10.6, 13}}});
    case Glyph::restart: return round_arrow();
    case Glyph::trash: return trash();
    case Glyph::download:
        return lines(
            {{{8, 2.2}, {8, 10.4}}, {{4.6, 7.2}, {8, 10.6}, {11.4, 7.2}}, {{2.8, 13.4}, {13.2, 13.4}}});
    case Glyph::plus: return lines({{{8, 3}, {8, 13}}, {{3, 8}, {13, 8}}});
    case Glyph::search: return search();
    case Glyph::theme: return half_moon();
    }
    return {};
}

class GlyphEngine final : public QIconEngine {
  public:
    GlyphEngine(Glyph glyph, bool is_on_accent) : glyph_(glyph), is_on_accent_(is_on_accent) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State /*state*/) override {
        const auto palette = QApplication::palette();
        const auto& theme = theme_of(palette);
        auto colour = is_on_accent_ ? theme.on_accent : theme.text;
        if (mode == QIcon::Selected) colour = theme.accent;
        if (mode == QIcon::Disabled) {
            colour = theme.muted;
            colour.setAlphaF(0.6F);
        }
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const double scale = std::min(rect.width(), rect.height()) / k_side;
        painter->translate(rect.center().x() + 0.5 - k_side * scale / 2,
                           rect.center().y() + 0.5 - k_side * scale / 2);
        painter->scale(scale, scale);
        painter->setPen(QPen(colour, 1.3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->drawPath(path_of(glyph_));
        painter->restore();
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap out(size);
        out.fill(Qt::transparent);
        QPainter painter(&out);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return out;
    }
    [[nodiscard]] QIconEngine* clone() const override { return new GlyphEngine(glyph_, is_on_accent_); }

  private:
    Glyph glyph_;
    bool is_on_accent_;
};

} // namespace

QIcon icon_of(Glyph glyph) {
    return QIcon(new GlyphEngine(glyph, /*is_on_accent=*/false));
}

QIcon accent_icon_of(Glyph glyph) {
    return QIcon(new GlyphEngine(glyph, /*is_on_accent=*/true));
}

} // namespace redoubt::gui

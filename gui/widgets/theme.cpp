// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/theme.hpp"

#include <QApplication>
#include <QStyleFactory>
#include <QStyleHints>

namespace redoubt::gui {
namespace {

const Theme& light() {
    static const Theme theme{.window = 0xf4f6f9,
                             .surface = 0xffffff,
                             .raised = 0xeceff4,
                             .border = 0xd9dfe8,
                             .text = 0x1b2230,
                             .muted = 0x5a6577,
                             .accent = 0x2563d9,
                             .on_accent = 0xffffff,
                             .good = 0x13754a,
                             .busy = 0x9a5b00,
                             .bad = 0xc02633,
                             .is_dark = false};
    return theme;
}

const Theme& dark() {
    static const Theme theme{.window = 0x12151a,
                             .surface = 0x1a1e25,
                             .raised = 0x242a33,
                             .border = 0x323a47,
                             .text = 0xe6eaf1,
                             .muted = 0x9aa5b6,
                             .accent = 0x74a7ff,
                             .on_accent = 0x0d1420,
                             .good = 0x4ecb90,
                             .busy = 0xe8ae55,
                             .bad = 0xff7a80,
                             .is_dark = true};
    return theme;
}

QPalette palette_of(const Theme& theme) {
    QPalette out;
    out.setColor(QPalette::Window, theme.window);
    out.setColor(QPalette::WindowText, theme.text);
    out.setColor(QPalette::Base, theme.surface);
    out.setColor(QPalette::AlternateBase, theme.raised);
    out.setColor(QPalette::ToolTipBase, theme.raised);
    out.setColor(QPalette::ToolTipText, theme.text);
    out.setColor(QPalette::PlaceholderText, theme.muted);
    out.setColor(QPalette::Text, theme.text);
    out.setColor(QPalette::Button, theme.surface);
    out.setColor(QPalette::ButtonText, theme.text);
    out.setColor(QPalette::BrightText, theme.bad);
    out.setColor(QPalette::Highlight, theme.accent);
    out.setColor(QPalette::HighlightedText, theme.on_accent);
    out.setColor(QPalette::Accent, theme.accent);
    out.setColor(QPalette::Link, theme.accent);
    out.setColor(QPalette::Light, theme.raised);
    out.setColor(QPalette::Midlight, theme.raised);
    out.setColor(QPalette::Mid, theme.border);
    out.setColor(QPalette::Dark, theme.border);
    out.setColor(QPalette::Shadow, theme.border);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        auto faint = theme.muted;
        faint.setAlphaF(0.6F);
        out.setColor(QPalette::Disabled, role, faint);
    }
    return out;
}

constexpr auto k_sheet = R"(
QToolTip { color: %text; background: %raised; border: 1px solid %border; padding: 4px 6px; }
QFrame#card { background: %surface; border: 1px solid %border; border-radius: 8px; }
QLabel#title { font-size: 15pt; font-weight: 600; }
QLabel#muted, QLabel[muted="true"] { color: %muted; }
QLabel#heading { font-weight: 600; }
QLabel#figure { font-size: 17pt; font-weight: 600; }
QLabel#empty { color: %muted; font-size: 11pt; }
QListWidget#navigation { background: %surface; border: none; border-right: 1px solid %border; border-radius: 0; padding: 8px 6px; outline: none; }
QListWidget#navigation::item { padding: 9px 10px; border-radius: 6px; color: %text; margin: 1px 0; }
QListWidget#navigation::item:hover { background: %raised; }
QListWidget#navigation::item:selected { background: %accenttint; color: %accent; }
QWidget#header { background: %surface; border-bottom: 1px solid %border; }
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QPlainTextEdit, QTextEdit { background: %surface; border: 1px solid %border; border-radius: 6px;
    padding: 5px 8px; selection-background-color: %accent; selection-color: %onaccent; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus { border: 1px solid %accent; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox QAbstractItemView { background: %surface; border: 1px solid %border; selection-background-color: %accenttint; selection-color: %text; }
QPushButton, QToolButton { background: %surface; border: 1px solid %border; border-radius: 6px; padding: 5px 12px; }
QToolButton { padding: 5px 9px; }
QPushButton:hover, QToolButton:hover { background: %raised; }
QPushButton:focus, QToolButton:focus { border: 1px solid %accent; }
QPushButton:disabled, QToolButton:disabled { color: %faint; background: %window; }
QPushButton:default, QPushButton#primary, QToolButton#primary { background: %accent; color: %onaccent; border: 1px solid %accent; }
QPushButton:default:disabled, QPushButton#primary:disabled, QToolButton#primary:disabled { background: %raised; color: %faint; border: 1px solid %border; }
QToolButton::menu-indicator { image: none; }
QTableView { background: %surface; border: 1px solid %border; border-radius: 8px; gridline-color: transparent; outline: none;
    selection-background-color: %accenttint; selection-color: %text; }
QTableView::item { padding: 0 8px; border-bottom: 1px solid %line; }
QTableView::item:selected { background: %accenttint; color: %text; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: %raised; color: %muted; border: none; border-bottom: 1px solid %border; padding: 6px 8px 6px 11px; font-weight: 600; }
QTabWidget::pane { border: 1px solid %border; border-radius: 8px; background: %surface; top: -1px; }
QTabBar::tab { padding: 7px 14px; color: %muted; background: transparent; border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: %accent; border-bottom: 2px solid %accent; }
QTabBar::tab:hover { color: %text; }
QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget { background: transparent; }
QSplitter::handle { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: %border; border-radius: 5px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: %muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QMenu { background: %surface; border: 1px solid %border; padding: 4px; }
QMenu::item { padding: 6px 22px; border-radius: 4px; }
QMenu::item:selected { background: %accenttint; color: %text; }
QMenu::item:disabled { color: %faint; }
QMenu::separator { height: 1px; background: %border; margin: 4px 6px; }
QDialog { background: %window; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QListWidget { background: %surface; border: 1px solid %border; border-radius: 8px; padding: 4px; outline: none; }
QListWidget::item { padding: 6px 8px; border-radius: 5px; color: %text; }
QListWidget::item:hover { background: %raised; }
QListWidget::item:selected { background: %accenttint; color: %accent; }
QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 13px; height: 13px; border: 1px solid %muted; border-radius: 4px; background: %surface; }
QCheckBox::indicator:checked { background: %accent; border: 1px solid %accent; }
QCheckBox:focus { color: %accent; }
)";

QString sheet_of(const Theme& theme) {
    auto out = QString::fromLatin1(k_sheet);
    auto line = theme.border;
    line.setAlphaF(0.45F);
    auto faint = theme.muted;
    faint.setAlphaF(0.65F);
    const auto rgba = [](const QColor& colour) {
        return QStringLiteral("rgba(%1,%2,%3,%4)")
            .arg(colour.red())
            .arg(colour.green())
            .arg(colour.blue())
            .arg(colour.alpha());
    };
    // The longer names first: one is the other's beginning.
    out.replace(QStringLiteral("%accenttint"), rgba(theme.tint(theme.accent)));
    out.replace(QStringLiteral("%onaccent"), theme.on_accent.name());
    out.replace(QStringLiteral("%accent"), theme.accent.name());
    out.replace(QStringLiteral("%window"), theme.window.name());
    out.replace(QStringLiteral("%surface"), theme.surface.name());
    out.replace(QStringLiteral("%raised"), theme.raised.name());
    out.replace(QStringLiteral("%border"), theme.border.name());
    out.replace(QStringLiteral("%muted"), theme.muted.name());
    out.replace(QStringLiteral("%faint"), rgba(faint));
    out.replace(QStringLiteral("%line"), rgba(line));
    out.replace(QStringLiteral("%text"), theme.text.name());
    return out;
}

} // namespace

QColor Theme::of(StateColour state) const {
    switch (state) {
    case StateColour::good: return good;
    case StateColour::busy: return busy;
    case StateColour::bad: return bad;
    case StateColour::quiet: break;
    }
    return muted;
}

QColor Theme::tint(const QColor& colour) const {
    auto out = colour;
    out.setAlphaF(is_dark ? 0.18F : 0.11F);
    return out;
}

const Theme& theme_of(const QPalette& palette) {
    return palette.color(QPalette::Window).lightness() < 128 ? dark() : light();
}

QColor line_colour(const Theme& theme, std::size_t line) {
    if (line == 0) return theme.accent;
    return theme.is_dark ? QColor(0xe39bff) : QColor(0x9a3fc4);
}

void apply_theme(ThemeChoice choice) {
    const bool is_dark = choice == ThemeChoice::dark ||
                         (choice == ThemeChoice::system &&
                          QGuiApplication::styleHints()->colorScheme() == Qt::ColorScheme::Dark);
    const auto& theme = is_dark ? dark() : light();
    // Once: each change of style lays all windows out anew.
    constexpr auto k_dressed = "redoubt_dressed";
    if (!qApp->property(k_dressed).toBool())
        QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    qApp->setProperty(k_dressed, true);
    QApplication::setPalette(palette_of(theme));
    qApp->setStyleSheet(sheet_of(theme));
}

ThemeChoice parse_theme(const QString& name) {
    if (name == QStringLiteral("light")) return ThemeChoice::light;
    return name == QStringLiteral("dark") ? ThemeChoice::dark : ThemeChoice::system;
}

QString name_of(ThemeChoice choice) {
    switch (choice) {
    case ThemeChoice::light: return QStringLiteral("light");
    case ThemeChoice::dark: return QStringLiteral("dark");
    case ThemeChoice::system: break;
    }
    return QStringLiteral("system");
}

} // namespace redoubt::gui

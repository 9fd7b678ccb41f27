// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/dialogs/quick_open.hpp"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace redoubt::gui {
namespace {

constexpr int k_most_shown = 60;

} // namespace

QuickOpen::QuickOpen(std::vector<QuickEntry> entries, QWidget* parent)
    : QDialog(parent, Qt::Popup | Qt::FramelessWindowHint), entries_(std::move(entries)),
      field_(new QLineEdit(this)), list_(new QListWidget(this)) {
    setObjectName(QStringLiteral("quick_open"));
    resize(560, 380);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(10, 10, 10, 10);
    field_->setPlaceholderText(QStringLiteral("Go to a page, a workload, an image, or do something"));
    field_->setAccessibleName(QStringLiteral("Quick open"));
    field_->setObjectName(QStringLiteral("quick_words"));
    field_->addAction(icon_of(Glyph::search), QLineEdit::LeadingPosition);
    field_->installEventFilter(this);
    list_->setFocusPolicy(Qt::NoFocus);
    list_->setFrameShape(QFrame::NoFrame);
    list_->setStyleSheet(QStringLiteral(
        "QListWidget { background: transparent; } QListWidget::item { padding: 6px; border-radius: 5px; }"));
    layout->addWidget(field_);
    layout->addWidget(list_, 1);
    connect(field_, &QLineEdit::textChanged, this, &QuickOpen::show_matching);
    connect(list_, &QListWidget::itemClicked, this, &QuickOpen::open_chosen);
    show_matching({});
    field_->setFocus();
}

void QuickOpen::show_matching(const QString& words) {
    const auto wanted = words.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    list_->clear();
    for (std::size_t at = 0; at < entries_.size() && list_->count() < k_most_shown; ++at) {
        const auto& entry = entries_[at];
        const auto text = (entry.text + QLatin1Char(' ') + entry.note).toLower();
        if (!std::ranges::all_of(wanted, [&text](const QString& word) { return text.contains(word); }))
            continue;
        const auto shown =
            entry.note.isEmpty() ? entry.text : entry.text + QStringLiteral("   ·   ") + entry.note;
        auto* const item = new QListWidgetItem(icon_of(entry.glyph), shown, list_);
        item->setData(Qt::UserRole, static_cast<qulonglong>(at));
    }
    list_->setCurrentRow(0);
}

void QuickOpen::open_chosen() {
    const auto* const item = list_->currentItem();
    if (item == nullptr) return;
    const auto open = entries_[item->data(Qt::UserRole).toULongLong()].open;
    accept();
    open();
}

bool QuickOpen::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress) return QDialog::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    const int row = list_->currentRow();
    if (key == Qt::Key_Down) list_->setCurrentRow(std::min(row + 1, list_->count() - 1));
    if (key == Qt::Key_Up) list_->setCurrentRow(std::max(row - 1, 0));
    if (key == Qt::Key_Return || key == Qt::Key_Enter) open_chosen();
    return key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_Return || key == Qt::Key_Enter;
}

} // namespace redoubt::gui

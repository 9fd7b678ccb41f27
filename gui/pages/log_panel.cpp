// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/log_panel.hpp"

#include <QCheckBox>
#include <QEvent>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTextBlock>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/models/workload_rules.hpp"
#include "gui/pages/card.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {

LogPanel::LogPanel(Session& session, QWidget* parent)
    : QWidget(parent), session_(session), text_(new QPlainTextEdit(this)),
      search_(make_search(QStringLiteral("Only lines with these words"), this)),
      follow_(new QCheckBox(QStringLiteral("Follow"), this)),
      times_(new QCheckBox(QStringLiteral("Times"), this)), status_(make_muted({}, this)) {
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 10, 12, 12);
    auto* const row = new QHBoxLayout();
    row->setSpacing(14);
    row->addWidget(search_);
    row->addWidget(follow_);
    row->addWidget(times_);
    row->addStretch();
    row->addWidget(status_);
    layout->addLayout(row);
    layout->addWidget(text_, 1);
    follow_->setChecked(true);
    follow_->setToolTip(QStringLiteral("Stay at the newest line"));
    text_->setObjectName(QStringLiteral("log"));
    text_->setReadOnly(true);
    text_->setLineWrapMode(QPlainTextEdit::NoWrap);
    text_->setMaximumBlockCount(static_cast<int>(k_most_lines));
    text_->setUndoRedoEnabled(false);
    text_->setAccessibleName(QStringLiteral("Log"));
    auto fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPointSizeF(font().pointSizeF() * 0.95);
    text_->setFont(fixed);
    connect(search_, &QLineEdit::textChanged, this, [this](const QString& words) {
        words_ = words.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
        show_again();
    });
    connect(times_, &QCheckBox::toggled, this, &LogPanel::show_again);
    connect(follow_, &QCheckBox::toggled, this, [this](bool is_on) {
        if (is_on) text_->verticalScrollBar()->setValue(text_->verticalScrollBar()->maximum());
    });
}

void LogPanel::show_workload(const Workload* workload) {
    const auto reason = why_not(WorkloadVerb::logs, workload, session_.connection.state());
    if (workload != nullptr && workload->id == id_) {
        // A container that starts again has more to say; a node that is back as well.
        const bool is_new_start = has_ended_ && workload->state != state_;
        state_ = workload->state;
        if (!reason && (is_new_start || !stream_)) begin(id_);
        return;
    }
    stream_.reset();
    id_ = workload == nullptr ? std::string() : workload->id;
    lines_.clear();
    text_->clear();
    text_->setPlaceholderText(reason.value_or(QStringLiteral("It has written nothing yet.")));
    tell({});
    if (reason) return;
    state_ = workload->state;
    begin(id_);
}

void LogPanel::begin(const std::string& id) {
    lines_.clear();
    text_->clear();
    has_ended_ = false;
    stream_ = std::make_unique<LogStream>(session_.connection, id,
                                          LogOptions{.follow = true, .tail = k_most_lines});
    connect(stream_.get(), &LogStream::lines_read, this, &LogPanel::take);
    connect(stream_.get(), &LogStream::ended, this, [this](const QString& problem) {
        has_ended_ = true;
        tell(problem.isEmpty() ? QStringLiteral("the log has ended") : problem);
        // With the node away, the next look begins again.
        if (!problem.isEmpty()) stream_.release()->deleteLater();
    });
    tell(QStringLiteral("live"));
}

void LogPanel::take(const std::vector<LogLine>& lines) {
    std::vector<const LogLine*> wanted;
    for (const auto& line : lines) {
        lines_.push_back(line);
        if (is_wanted(line)) wanted.push_back(&line);
    }
    while (lines_.size() > k_most_lines) lines_.pop_front();
    show(wanted);
}

bool LogPanel::is_wanted(const LogLine& line) const {
    if (words_.isEmpty()) return true;
    const auto text = text_of(line.text).toLower();
    return std::ranges::all_of(words_, [&text](const QString& word) { return text.contains(word); });
}

void LogPanel::show(const std::vector<const LogLine*>& lines) {
    if (lines.empty()) return;
    const auto& theme = theme_of(palette());
    QTextCharFormat usual;
    usual.setForeground(theme.text);
    QTextCharFormat error = usual;
    error.setForeground(theme.bad);
    QTextCharFormat time = usual;
    time.setForeground(theme.muted);
    auto* const bar = text_->verticalScrollBar();
    const int place = bar->value();
    QTextCursor cursor(text_->document());
    cursor.movePosition(QTextCursor::End);
    cursor.beginEditBlock();
    for (const auto* line : lines) {
        if (!text_->document()->isEmpty()) cursor.insertBlock();
        if (times_->isChecked()) cursor.insertText(clock_text(line->time) + QStringLiteral("  "), time);
        cursor.insertText(text_of(line->text), line->is_error ? error : usual);
    }
    cursor.endEditBlock();
    bar->setValue(follow_->isChecked() ? bar->maximum() : place);
}

void LogPanel::show_again() {
    text_->clear();
    std::vector<const LogLine*> wanted;
    for (const auto& line : lines_)
        if (is_wanted(line)) wanted.push_back(&line);
    show(wanted);
}

void LogPanel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    // Lines have the colours of the theme they were written in.
    if (event->type() == QEvent::PaletteChange) show_again();
}

void LogPanel::tell(const QString& words) {
    status_->setText(words);
}

} // namespace redoubt::gui

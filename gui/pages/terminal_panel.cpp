// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/pages/terminal_panel.hpp"

#include <QComboBox>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/backend/run_request.hpp"
#include "gui/models/workload_rules.hpp"
#include "gui/pages/card.hpp"
#include "gui/widgets/choice_box.hpp"
#include "gui/widgets/reason.hpp"
#include "gui/widgets/terminal_view.hpp"

namespace redoubt::gui {

TerminalPanel::TerminalPanel(Session& session, QWidget* parent)
    : QWidget(parent), session_(session), view_(new TerminalView(this)), command_(new ChoiceBox(this)),
      button_(new QPushButton(this)), status_(make_muted({}, this)) {
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 10, 12, 12);
    auto* const row = new QHBoxLayout();
    row->addWidget(make_muted(QStringLiteral("Command"), this));
    row->addWidget(command_);
    row->addWidget(button_);
    row->addStretch();
    row->addWidget(status_);
    layout->addLayout(row);
    layout->addWidget(view_, 1);
    command_->setEditable(true);
    command_->addItems(
        {QStringLiteral("/bin/sh"), QStringLiteral("/bin/bash"), QStringLiteral("/bin/sh -l")});
    command_->setMinimumWidth(220);
    command_->setAccessibleName(QStringLiteral("Command to run in the container"));
    view_->setObjectName(QStringLiteral("terminal"));
    button_->setObjectName(QStringLiteral("terminal_button"));
    connect(button_, &QPushButton::clicked, this, [this] {
        if (stream_)
            close(QStringLiteral("closed"));
        else
            open();
    });
    connect(view_, &TerminalView::typed, this, [this](const QByteArray& bytes) {
        if (stream_) stream_->write(bytes);
    });
    connect(view_, &TerminalView::resized, this, [this](int rows, int columns) {
        if (stream_) stream_->resize(static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(columns));
    });
    show_state();
}

void TerminalPanel::show_workload(const Workload* workload) {
    reason_ = why_not(WorkloadVerb::terminal, workload, session_.connection.state());
    const auto id = workload == nullptr ? std::string() : workload->id;
    if (id != id_) {
        if (stream_) close({});
        view_->reset();
        ended_.clear();
        id_ = id;
        name_ = workload == nullptr ? QString() : text_of(workload->name);
    }
    show_state();
}

void TerminalPanel::open() {
    const auto words = split_words(command_->currentText().toStdString());
    if (!words || words->empty()) {
        ended_ = words ? QStringLiteral("no command") : QString::fromStdString(words.error().message);
        show_state();
        return;
    }
    view_->reset();
    stream_ = std::make_unique<TerminalStream>(session_.connection, id_, *words,
                                               static_cast<std::uint32_t>(view_->screen().rows()),
                                               static_cast<std::uint32_t>(view_->screen().columns()));
    connect(stream_.get(), &TerminalStream::output, view_, &TerminalView::feed);
    connect(stream_.get(), &TerminalStream::ended, this, [this](const QString& how) { close(how); });
    view_->setFocus();
    show_state();
}

void TerminalPanel::close(const QString& how) {
    // It may be its own signal that has come to here.
    if (stream_) {
        stream_->disconnect(this);
        stream_->disconnect(view_);
        stream_.release()->deleteLater();
    }
    ended_ = how;
    show_state();
}

void TerminalPanel::show_state() {
    view_->set_live(stream_ != nullptr);
    button_->setText(stream_ ? QStringLiteral("Close") : QStringLiteral("Open terminal"));
    enable_unless(*button_, stream_ ? std::nullopt : reason_,
                  stream_ ? QStringLiteral("End this shell")
                          : QStringLiteral("Run the command in the container"));
    command_->setEnabled(!stream_);
    if (stream_)
        status_->setText(QStringLiteral("in %1 · Ctrl+Shift+C copies, Ctrl+Shift+V pastes").arg(name_));
    else
        status_->setText(!ended_.isEmpty() ? ended_ : reason_.value_or(QString()));
}

} // namespace redoubt::gui

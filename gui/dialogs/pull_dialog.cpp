// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/dialogs/pull_dialog.hpp"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>

#include "gui/widgets/reason.hpp"

namespace redoubt::gui {

PullDialog::PullDialog(QWidget* parent)
    : QDialog(parent), reference_(new QLineEdit(this)),
      plain_http_(new QCheckBox(QStringLiteral("The registry has no TLS, or none to trust"), this)) {
    setWindowTitle(QStringLiteral("Pull an image"));
    setMinimumWidth(520);
    auto* const layout = new QFormLayout(this);
    layout->setContentsMargins(20, 18, 20, 16);
    layout->setVerticalSpacing(12);
    reference_->setObjectName(QStringLiteral("reference"));
    reference_->setPlaceholderText(QStringLiteral("registry.example/team/image:tag"));
    layout->addRow(QStringLiteral("&Image"), reference_);
    layout->addRow(QString(), plain_http_);
    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    auto* const pull = buttons->addButton(QStringLiteral("Pull"), QDialogButtonBox::AcceptRole);
    pull->setDefault(true);
    layout->addRow(buttons);
    const auto judge = [this, pull] {
        const bool is_empty = reference_->text().trimmed().isEmpty();
        enable_unless(*pull, is_empty ? std::optional(QStringLiteral("Name an image first")) : std::nullopt,
                      QString());
    };
    connect(reference_, &QLineEdit::textChanged, this, judge);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    judge();
}

PullRequest PullDialog::request() const {
    return {reference_->text().trimmed().toStdString(), plain_http_->isChecked()};
}

} // namespace redoubt::gui

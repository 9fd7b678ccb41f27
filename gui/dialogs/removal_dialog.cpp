// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/dialogs/removal_dialog.hpp"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/widgets/reason.hpp"

namespace redoubt::gui {

RemovalDialog::RemovalDialog(const QString& question, const QString& consequence, const QString& word,
                             QWidget* parent)
    : QDialog(parent) {
    setWindowTitle(QStringLiteral("Remove"));
    setMinimumWidth(460);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 18, 20, 16);
    layout->setSpacing(10);
    auto* const heading = new QLabel(question, this);
    heading->setObjectName(QStringLiteral("heading"));
    heading->setTextFormat(Qt::PlainText);
    heading->setWordWrap(true);
    auto* const words = new QLabel(consequence, this);
    words->setTextFormat(Qt::PlainText);
    words->setWordWrap(true);
    layout->addWidget(heading);
    layout->addWidget(words);
    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    auto* const remove = buttons->addButton(QStringLiteral("Remove"), QDialogButtonBox::DestructiveRole);
    remove->setObjectName(QStringLiteral("confirm_removal"));
    if (!word.isEmpty()) {
        auto* const field = new QLineEdit(this);
        field->setObjectName(QStringLiteral("confirmation"));
        field->setPlaceholderText(word);
        auto* const label = new QLabel(QStringLiteral("Type %1 to go on:").arg(word), this);
        label->setTextFormat(Qt::PlainText);
        layout->addWidget(label);
        layout->addWidget(field);
        const auto judge = [remove, field, word] {
            enable_unless(*remove,
                          field->text() == word ? std::nullopt
                                                : std::optional(QStringLiteral("Type %1 first").arg(word)),
                          QString());
        };
        connect(field, &QLineEdit::textChanged, this, judge);
        judge();
    }
    layout->addSpacing(4);
    layout->addWidget(buttons);
    // Return must not remove what nobody has read about.
    buttons->button(QDialogButtonBox::Cancel)->setDefault(true);
    connect(remove, &QPushButton::clicked, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

} // namespace redoubt::gui

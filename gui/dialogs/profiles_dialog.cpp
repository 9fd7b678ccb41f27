// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/dialogs/profiles_dialog.hpp"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/dialogs/pair_dialog.hpp"
#include "gui/widgets/reason.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {

ProfilesDialog::ProfilesDialog(std::vector<Profile> profiles, QWidget* parent)
    : QDialog(parent), profiles_(std::move(profiles)), list_(new QListWidget(this)),
      problem_(new QLabel(this)) {
    setWindowTitle(QStringLiteral("Connections"));
    resize(760, 400);
    auto* const outer = new QVBoxLayout(this);
    outer->setContentsMargins(18, 18, 18, 14);
    outer->setSpacing(12);
    auto* const row = new QHBoxLayout();
    row->setSpacing(16);
    row->addLayout(make_list());
    row->addLayout(make_form(), 1);
    outer->addLayout(row, 1);
    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Cancel | QDialogButtonBox::Save, this);
    save_ = buttons->button(QDialogButtonBox::Save);
    outer->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(list_, &QListWidget::currentRowChanged, this, &ProfilesDialog::show_profile);
    show_list(profiles_.empty() ? -1 : 0);
}

QLayout* ProfilesDialog::make_list() {
    auto* const left = new QVBoxLayout();
    list_->setFixedWidth(200);
    list_->setAccessibleName(QStringLiteral("Connections"));
    left->addWidget(list_, 1);
    auto* const add = new QPushButton(QStringLiteral("New"), this);
    remove_ = new QPushButton(QStringLiteral("Remove"), this);
    auto* const buttons_of_list = new QHBoxLayout();
    buttons_of_list->addWidget(add);
    buttons_of_list->addWidget(remove_);
    left->addLayout(buttons_of_list);
    auto* const pair = new QPushButton(QStringLiteral("&Pair with a node…"), this);
    pair->setObjectName(QStringLiteral("pair"));
    pair->setToolTip(QStringLiteral("By the code on the screen of a node that nobody manages yet"));
    left->addWidget(pair);
    connect(pair, &QPushButton::clicked, this, &ProfilesDialog::pair);
    connect(add, &QPushButton::clicked, this, [this] {
        profiles_.push_back({.name = "new connection",
                             .address = "unix:/run/redoubt/redoubtd.sock",
                             .certificate = {},
                             .key = {},
                             .node_fingerprint = {}});
        show_list(static_cast<int>(profiles_.size()) - 1);
        name_->setFocus();
        name_->selectAll();
    });
    connect(remove_, &QPushButton::clicked, this, [this] {
        const int chosen = list_->currentRow();
        if (chosen < 0) return;
        profiles_.erase(profiles_.begin() + chosen);
        show_list(std::min(chosen, static_cast<int>(profiles_.size()) - 1));
    });
    return left;
}

QLayout* ProfilesDialog::make_form() {
    auto* const form = new QFormLayout();
    form->setVerticalSpacing(12);
    name_ = add_field(*form, QStringLiteral("&Name"), QStringLiteral("how you call this node"),
                      QStringLiteral("profile_name"));
    address_ = add_field(*form, QStringLiteral("&Address"),
                         QStringLiteral("unix:/run/redoubt/redoubtd.sock or HOST:PORT"),
                         QStringLiteral("profile_address"));
    certificate_ = add_field(*form, QStringLiteral("Client &certificate"),
                             QStringLiteral("PEM file; none: your own, which redoubtctl has too"),
                             QStringLiteral("profile_certificate"));
    key_ = add_field(*form, QStringLiteral("Client &key"), QStringLiteral("PEM file, with the certificate"),
                     QStringLiteral("profile_key"));
    fingerprint_ = add_field(*form, QStringLiteral("Node's &fingerprint"),
                             QStringLiteral("SHA-256, as the node's screen shows it"),
                             QStringLiteral("profile_fingerprint"));
    problem_->setTextFormat(Qt::PlainText);
    problem_->setWordWrap(true);
    form->addRow(QString(), problem_);
    return form;
}

QLineEdit* ProfilesDialog::add_field(QFormLayout& form, const QString& label, const QString& hint,
                                     const QString& name) {
    auto* const field = new QLineEdit(this);
    field->setPlaceholderText(hint);
    field->setObjectName(name);
    form.addRow(label, field);
    connect(field, &QLineEdit::textEdited, this, &ProfilesDialog::take_fields);
    return field;
}

void ProfilesDialog::show_list(int current) {
    list_->clear();
    for (const auto& profile : profiles_) list_->addItem(QString::fromStdString(profile.name));
    list_->setCurrentRow(current);
    show_profile(current);
}

void ProfilesDialog::show_profile(int row) {
    const bool is_one = row >= 0 && static_cast<std::size_t>(row) < profiles_.size();
    const auto profile = is_one ? profiles_[static_cast<std::size_t>(row)] : Profile();
    is_showing_ = true;
    name_->setText(QString::fromStdString(profile.name));
    address_->setText(QString::fromStdString(profile.address));
    certificate_->setText(QString::fromStdString(profile.certificate));
    key_->setText(QString::fromStdString(profile.key));
    fingerprint_->setText(QString::fromStdString(profile.node_fingerprint));
    for (auto* const field : {name_, address_, certificate_, key_, fingerprint_}) field->setEnabled(is_one);
    remove_->setEnabled(is_one);
    is_showing_ = false;
    judge();
}

void ProfilesDialog::take_fields() {
    const int row = list_->currentRow();
    if (is_showing_ || row < 0) return;
    auto& profile = profiles_[static_cast<std::size_t>(row)];
    profile.name = name_->text().trimmed().toStdString();
    profile.address = address_->text().trimmed().toStdString();
    profile.certificate = certificate_->text().trimmed().toStdString();
    profile.key = key_->text().trimmed().toStdString();
    profile.node_fingerprint = fingerprint_->text().trimmed().toStdString();
    list_->item(row)->setText(name_->text());
    judge();
}

void ProfilesDialog::pair() {
    auto* const dialog = new PairDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        const auto& made = dialog->profile();
        Q_EMIT paired(made);
        std::erase_if(profiles_, [&made](const Profile& old) { return old.name == made.name; });
        profiles_.push_back(made);
        show_list(static_cast<int>(profiles_.size()) - 1);
    });
    dialog->open();
}

void ProfilesDialog::judge() {
    std::optional<QString> problem;
    for (const auto& profile : profiles_) {
        if (const auto status = check_profile(profile); !status)
            problem = QString::fromStdString(status.error().message);
        if (std::ranges::count(profiles_, profile.name, &Profile::name) > 1)
            problem =
                QStringLiteral("there are two connections '%1'").arg(QString::fromStdString(profile.name));
    }
    problem_->setText(problem.value_or(QString()));
    problem_->setStyleSheet(QStringLiteral("color: %1").arg(theme_of(palette()).bad.name()));
    enable_unless(*save_, problem, QString());
}

} // namespace redoubt::gui

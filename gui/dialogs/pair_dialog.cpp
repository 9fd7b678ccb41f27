// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/dialogs/pair_dialog.hpp"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include "gui/widgets/reason.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

/// Two lines of eight groups of four: eyes compare them with a screen's.
QString in_groups(const QString& fingerprint) {
    const auto digits = fingerprint.mid(fingerprint.indexOf(QLatin1Char(':')) + 1);
    QString out;
    for (qsizetype at = 0; at < digits.size(); at += 4) {
        if (at > 0) out += at == digits.size() / 2 ? QLatin1Char('\n') : QLatin1Char(' ');
        out += digits.mid(at, 4);
    }
    return out;
}

} // namespace

PairDialog::PairDialog(QWidget* parent)
    : QDialog(parent), address_(new QLineEdit(this)),
      look_up_(new QPushButton(QStringLiteral("&Look up"), this)), fingerprint_(new QLabel(this)),
      is_same_(new QCheckBox(QStringLiteral("The node's screen shows the &same"), this)),
      code_(new QLineEdit(this)), name_(new QLineEdit(this)), words_(new QLabel(this)),
      pair_(new QPushButton(QStringLiteral("Pair"), this)) {
    setWindowTitle(QStringLiteral("Pair with a node"));
    setMinimumWidth(560);
    make_form();
    connect(address_, &QLineEdit::textEdited, this, [this] { show_found({}, {}); });
    connect(address_, &QLineEdit::returnPressed, look_up_, &QPushButton::click);
    connect(look_up_, &QPushButton::clicked, this, [this] {
        tell(QStringLiteral("Asking who answers there; nothing is sent to him."), false);
        pairing_.look_up(address_->text());
        judge();
    });
    connect(pair_, &QPushButton::clicked, this, [this] {
        tell(QStringLiteral("Proving the code to the node."), false);
        pairing_.pair(found_address_, found_fingerprint_, code_->text(), name_->text());
        code_->clear(); // a code is good for one try of ours
        judge();
    });
    for (auto* const field : {code_, name_})
        connect(field, &QLineEdit::textChanged, this, &PairDialog::judge);
    connect(code_, &QLineEdit::textEdited, this, [this] { tell({}, false); });
    connect(is_same_, &QCheckBox::toggled, this, &PairDialog::judge);
    connect(&pairing_, &NodePairing::found, this, &PairDialog::show_found);
    connect(&pairing_, &NodePairing::failed, this, [this](const QString& why) {
        tell(why, true);
        judge();
    });
    connect(&pairing_, &NodePairing::paired, this, [this](const Profile& profile) {
        profile_ = profile;
        accept();
    });
    show_found({}, {});
}

void PairDialog::make_form() {
    auto* const layout = new QFormLayout(this);
    layout->setContentsMargins(20, 18, 20, 16);
    layout->setVerticalSpacing(12);
    auto* const row = new QHBoxLayout();
    row->setSpacing(8);
    row->addWidget(address_, 1);
    row->addWidget(look_up_);
    address_->setObjectName(QStringLiteral("pair_address"));
    address_->setPlaceholderText(QStringLiteral("HOST or HOST:PORT"));
    look_up_->setObjectName(QStringLiteral("pair_look_up"));
    look_up_->setAutoDefault(false);
    auto* const label = new QLabel(QStringLiteral("&Address"), this);
    label->setBuddy(address_);
    layout->addRow(label, row);
    fingerprint_->setObjectName(QStringLiteral("pair_fingerprint"));
    fingerprint_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    fingerprint_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    fingerprint_->setMinimumHeight(2 * fingerprint_->fontMetrics().lineSpacing());
    layout->addRow(QStringLiteral("Fingerprint"), fingerprint_);
    is_same_->setObjectName(QStringLiteral("pair_is_same"));
    layout->addRow(QString(), is_same_);
    code_->setObjectName(QStringLiteral("pair_code"));
    code_->setPlaceholderText(QStringLiteral("XXXX-XXXX-XXXX, from the node's screen"));
    layout->addRow(QStringLiteral("&Code"), code_);
    name_->setObjectName(QStringLiteral("pair_name"));
    name_->setPlaceholderText(QStringLiteral("how you call this node"));
    layout->addRow(QStringLiteral("&Name"), name_);
    words_->setObjectName(QStringLiteral("pair_words"));
    words_->setTextFormat(Qt::PlainText);
    words_->setWordWrap(true);
    layout->addRow(words_);
    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    pair_->setObjectName(QStringLiteral("pair_pair"));
    pair_->setDefault(true);
    buttons->addButton(pair_, QDialogButtonBox::ActionRole);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addRow(buttons);
}

void PairDialog::show_found(const QString& address, const QString& fingerprint) {
    found_address_ = address;
    found_fingerprint_ = fingerprint;
    fingerprint_->setText(fingerprint.isEmpty() ? QStringLiteral("not known yet") : in_groups(fingerprint));
    is_same_->setChecked(false);
    if (name_->text().isEmpty() && !address.isEmpty()) {
        auto name = address.left(address.lastIndexOf(QLatin1Char(':')));
        name_->setText(name.remove(QLatin1Char('[')).remove(QLatin1Char(']')).replace(u':', u'-'));
    }
    tell(address.isEmpty() ? QString()
                           : QStringLiteral("Compare all of it: whoever stands in between has another one."),
         false);
    judge();
}

void PairDialog::tell(const QString& words, bool is_bad) {
    words_->setText(words);
    const auto& theme = theme_of(palette());
    words_->setStyleSheet(QStringLiteral("color: %1").arg((is_bad ? theme.bad : theme.muted).name()));
}

void PairDialog::judge() {
    const auto busy =
        pairing_.is_busy() ? std::optional(QStringLiteral("Waiting for the node")) : std::nullopt;
    auto no_look = busy;
    if (!no_look && address_->text().trimmed().isEmpty()) no_look = QStringLiteral("Name a node first");
    enable_unless(*look_up_, no_look, QString());
    auto not_same = busy;
    if (!not_same && found_fingerprint_.isEmpty()) not_same = QStringLiteral("Look the node up first");
    enable_unless(*is_same_, not_same, QString());
    auto no_code = not_same;
    if (!no_code && !is_same_->isChecked())
        no_code = QStringLiteral("Compare the fingerprint with the node's screen first");
    enable_unless(*code_, no_code, QString());
    auto no_pair = no_code;
    if (!no_pair && code_->text().trimmed().isEmpty()) no_pair = QStringLiteral("Type the code first");
    if (!no_pair && name_->text().trimmed().isEmpty()) no_pair = QStringLiteral("Name the connection first");
    enable_unless(*pair_, no_pair, QString());
}

} // namespace redoubt::gui

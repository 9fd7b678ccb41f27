// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/app/header_bar.hpp"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

#include "gui/models/texts.hpp"
#include "gui/widgets/choice_box.hpp"
#include "gui/widgets/glyph.hpp"

namespace redoubt::gui {
namespace {

struct LinkLook {
    StateColour colour;
    QString words;
};

LinkLook look_of(LinkState state) {
    switch (state) {
    case LinkState::online: return {StateColour::good, QStringLiteral("Connected")};
    case LinkState::connecting: return {StateColour::busy, QStringLiteral("Connecting")};
    case LinkState::stale: return {StateColour::bad, QStringLiteral("Not answering")};
    case LinkState::closed: break;
    }
    return {StateColour::quiet, QStringLiteral("Not connected")};
}

} // namespace

HeaderBar::HeaderBar(NodeConnection& connection, QWidget* parent)
    : QWidget(parent), connection_(connection), profiles_(new ChoiceBox(this)), link_(new QLabel(this)),
      theme_(new QToolButton(this)) {
    setObjectName(QStringLiteral("header"));
    setAttribute(Qt::WA_StyledBackground);
    auto* const layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 9, 16, 9);
    layout->setSpacing(10);
    auto* const name = new QLabel(QStringLiteral("Redoubt"), this);
    name->setObjectName(QStringLiteral("title"));
    profiles_->setMinimumWidth(220);
    profiles_->setObjectName(QStringLiteral("profiles"));
    profiles_->setAccessibleName(QStringLiteral("Connection"));
    link_->setObjectName(QStringLiteral("link"));
    link_->setTextFormat(Qt::RichText);
    auto* const manage = new QToolButton(this);
    manage->setText(QStringLiteral("Connections…"));
    auto* const quick = new QToolButton(this);
    quick->setIcon(icon_of(Glyph::search));
    quick->setText(QStringLiteral("Go to…  Ctrl+K"));
    quick->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    theme_->setIcon(icon_of(Glyph::theme));
    theme_->setToolTip(QStringLiteral("Light or dark"));
    theme_->setAccessibleName(QStringLiteral("Theme"));
    theme_->setPopupMode(QToolButton::InstantPopup);
    auto* const menu = new QMenu(theme_);
    for (const auto& [words, choice] : {std::pair{"As the desktop", ThemeChoice::system},
                                        {"Light", ThemeChoice::light},
                                        {"Dark", ThemeChoice::dark}})
        menu->addAction(QLatin1String(words), this, [this, choice] { Q_EMIT theme_chosen(choice); });
    theme_->setMenu(menu);
    for (auto* const button : {manage, quick, theme_}) button->setFocusPolicy(Qt::StrongFocus);
    layout->addWidget(name);
    layout->addSpacing(14);
    layout->addWidget(profiles_);
    layout->addWidget(manage);
    layout->addWidget(link_);
    layout->addStretch();
    layout->addWidget(quick);
    layout->addWidget(theme_);
    connect(profiles_, &QComboBox::activated, this,
            [this] { Q_EMIT profile_chosen(profiles_->currentText()); });
    connect(manage, &QToolButton::clicked, this, &HeaderBar::profiles_asked);
    connect(quick, &QToolButton::clicked, this, &HeaderBar::quick_open_asked);
    connect(&connection_, &NodeConnection::state_changed, this, &HeaderBar::show_link);
    show_link();
}

void HeaderBar::set_profiles(const std::vector<Profile>& profiles, const QString& current) {
    profiles_->clear();
    for (const auto& profile : profiles) {
        profiles_->addItem(text_of(profile.name));
        profiles_->setItemData(profiles_->count() - 1, text_of(profile.address), Qt::ToolTipRole);
    }
    profiles_->setCurrentText(current);
    profiles_->setEnabled(profiles_->count() > 0);
    profiles_->setToolTip(profiles_->count() > 0 ? QStringLiteral("Which node is shown")
                                                 : QStringLiteral("Make a connection first"));
}

void HeaderBar::show_link() {
    const auto look = look_of(connection_.state());
    const auto colour = theme_of(palette()).of(look.colour).name();
    link_->setText(QStringLiteral("<span style='color:%1'>●</span>&nbsp; %2").arg(colour, look.words));
    link_->setAccessibleName(look.words);
    link_->setToolTip(connection_.problem().toHtmlEscaped());
}

} // namespace redoubt::gui

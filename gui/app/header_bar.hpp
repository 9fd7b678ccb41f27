// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QWidget>

#include "gui/backend/node_connection.hpp"
#include "gui/widgets/theme.hpp"

class QComboBox;
class QLabel;
class QToolButton;

namespace redoubt::gui {

/// The window's top: which node, how the link to it is, quick open, and the theme. Lifetime: borrows the
/// connection.
class HeaderBar final : public QWidget {
    Q_OBJECT
  public:
    explicit HeaderBar(NodeConnection& connection, QWidget* parent = nullptr);

    void set_profiles(const std::vector<Profile>& profiles, const QString& current);

  Q_SIGNALS:
    void profile_chosen(const QString& name);
    void profiles_asked();
    void quick_open_asked();
    void theme_chosen(redoubt::gui::ThemeChoice choice);

  private:
    void show_link();

    NodeConnection& connection_;
    QComboBox* profiles_;
    QLabel* link_;
    QToolButton* theme_;
};

} // namespace redoubt::gui

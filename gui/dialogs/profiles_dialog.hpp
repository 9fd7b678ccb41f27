// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QDialog>

#include "gui/backend/profile.hpp"

class QFormLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace redoubt::gui {

/// Makes, changes and removes connections; pairs with nodes.
class ProfilesDialog final : public QDialog {
    Q_OBJECT
  public:
    explicit ProfilesDialog(std::vector<Profile> profiles, QWidget* parent = nullptr);
    [[nodiscard]] const std::vector<Profile>& profiles() const { return profiles_; }

  Q_SIGNALS:
    /// A node has taken us: to be kept, whatever becomes of the other changes.
    void paired(const redoubt::gui::Profile& profile);

  private:
    QLayout* make_list();
    QLayout* make_form();
    QLineEdit* add_field(QFormLayout& form, const QString& label, const QString& hint, const QString& name);
    void show_list(int current);
    void show_profile(int row);
    void take_fields();
    void judge();
    void pair();

    std::vector<Profile> profiles_;
    QListWidget* list_;
    QLineEdit* name_ = nullptr;
    QLineEdit* address_ = nullptr;
    QLineEdit* certificate_ = nullptr;
    QLineEdit* key_ = nullptr;
    QLineEdit* fingerprint_ = nullptr;
    QLabel* problem_;
    QPushButton* save_ = nullptr;
    QPushButton* remove_ = nullptr;
    bool is_showing_ = false;
};

} // namespace redoubt::gui

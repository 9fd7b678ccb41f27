// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QDialog>

#include "gui/backend/node_pairing.hpp"

class QCheckBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace redoubt::gui {

/// Pairs with a node that shows a code on its screen: its fingerprint is compared first, and only then the
/// code can be typed. Accepted when the node has taken it.
class PairDialog final : public QDialog {
    Q_OBJECT
  public:
    explicit PairDialog(QWidget* parent = nullptr);
    /// The connection that was made, once accepted.
    [[nodiscard]] const Profile& profile() const { return profile_; }

  private:
    void make_form();
    void judge();
    void show_found(const QString& address, const QString& fingerprint);
    void tell(const QString& words, bool is_bad);

    NodePairing pairing_;
    Profile profile_;
    QString found_address_;
    QString found_fingerprint_;
    QLineEdit* address_;
    QPushButton* look_up_;
    QLabel* fingerprint_;
    QCheckBox* is_same_;
    QLineEdit* code_;
    QLineEdit* name_;
    QLabel* words_;
    QPushButton* pair_;
};

} // namespace redoubt::gui

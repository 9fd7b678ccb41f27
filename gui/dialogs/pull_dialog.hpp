// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QDialog>

#include "gui/backend/values.hpp"

class QCheckBox;
class QLineEdit;

namespace redoubt::gui {

/// Asks which image to pull.
class PullDialog final : public QDialog {
    Q_OBJECT
  public:
    explicit PullDialog(QWidget* parent = nullptr);
    [[nodiscard]] PullRequest request() const;

  private:
    QLineEdit* reference_;
    QCheckBox* plain_http_;
};

} // namespace redoubt::gui

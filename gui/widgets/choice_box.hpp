// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QComboBox>

namespace redoubt::gui {

/// A combo box whose arrow has the colour of the theme: a style sheet knows arrows as files alone.
class ChoiceBox final : public QComboBox {
    Q_OBJECT
  public:
    using QComboBox::QComboBox;

  protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace redoubt::gui

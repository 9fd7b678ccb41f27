// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QFrame>

#include "gui/models/row_model.hpp"

class QLabel;
class QPushButton;

namespace redoubt::gui {

/// One line across the window that says something is not as it should be, and what can be done.
class Banner final : public QFrame {
    Q_OBJECT
  public:
    explicit Banner(QWidget* parent = nullptr);
    /// An empty `action` has no button.
    void tell(StateColour colour, const QString& text, const QString& action);
    [[nodiscard]] QString text() const;

  Q_SIGNALS:
    void acted();

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QLabel* text_;
    QPushButton* button_;
    StateColour colour_ = StateColour::quiet;
};

} // namespace redoubt::gui

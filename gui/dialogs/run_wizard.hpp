// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QDialog>

#include "common/base/error.hpp"
#include "gui/backend/values.hpp"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;
class QStackedWidget;

namespace redoubt::gui {

/// What a wizard can offer.
struct RunChoices {
    QStringList images;
    QStringList networks;
};

/// Asks for all a container needs, page by page, and shows what will be sent before it is.
class RunWizard final : public QDialog {
    Q_OBJECT
  public:
    RunWizard(const RunChoices& choices, const QString& image, QWidget* parent = nullptr);
    /// What was asked for. Errors: invalid_argument, of words that cannot be read.
    [[nodiscard]] Result<RunRequest> request() const;
    /// To the next page, if what stands on this one can be; from the last one, the end.
    void next();
    void back();

  private:
    QWidget* make_image_page(const RunChoices& choices, const QString& image);
    QWidget* make_process_page();
    QWidget* make_limits_page(const RunChoices& choices);
    QWidget* make_review_page();
    QWidget* make_page(const QString& title, const QString& subtitle);
    QWidget* make_buttons();
    void show_page(int page);
    void show_review();

    QStackedWidget* pages_ = nullptr;
    QLabel* steps_ = nullptr;
    QLabel* title_ = nullptr;
    QLabel* subtitle_ = nullptr;
    QPushButton* back_ = nullptr;
    QPushButton* next_ = nullptr;

    QComboBox* image_ = nullptr;
    QCheckBox* plain_http_ = nullptr;
    QLineEdit* name_ = nullptr;
    QLineEdit* command_ = nullptr;
    QPlainTextEdit* environment_ = nullptr;
    QCheckBox* terminal_ = nullptr;
    QComboBox* level_ = nullptr;
    QLineEdit* initdata_ = nullptr;
    QSpinBox* memory_ = nullptr;
    QDoubleSpinBox* cpus_ = nullptr;
    QComboBox* network_ = nullptr;
    QCheckBox* read_only_ = nullptr;
    QCheckBox* remove_ = nullptr;
    QPlainTextEdit* review_ = nullptr;
};

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QWidget>

#include "gui/models/session.hpp"

class QAction;
class QLineEdit;

namespace redoubt::gui {

class TableView;

/// The images a node keeps. Lifetime: borrows the session.
class ImagesPage final : public QWidget {
    Q_OBJECT
  public:
    explicit ImagesPage(Session& session, QWidget* parent = nullptr);
    void choose(const QString& id);
    void focus_search();

  Q_SIGNALS:
    void pull_asked();
    void run_asked(const QString& image);
    /// Somebody has to say yes first.
    void removal_asked(const redoubt::gui::ImageRow& image);

  private:
    void show_rules();
    [[nodiscard]] const ImageRow* chosen() const;

    Session& session_;
    TableView* table_ = nullptr;
    QLineEdit* search_ = nullptr;
    QAction* pull_ = nullptr;
    QAction* run_ = nullptr;
    QAction* remove_ = nullptr;
};

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QScrollArea>

#include "gui/models/session.hpp"

class QVBoxLayout;

namespace redoubt::gui {

/// All that the node tells of one workload. Lifetime: borrows the session.
class DetailsPanel final : public QScrollArea {
    Q_OBJECT
  public:
    explicit DetailsPanel(Session& session, QWidget* parent = nullptr);
    /// Nothing: none is chosen.
    void show_workload(const Workload* workload);

  private:
    void show_details(const Details& details);
    void show_words(const QString& words);
    QWidget* begin();

    Session& session_;
    OwnedInbox inbox_;
    QString id_;
    WorkloadState state_ = WorkloadState::created;
};

} // namespace redoubt::gui

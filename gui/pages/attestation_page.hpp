// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QWidget>
#include <map>
#include <set>

#include "gui/models/claims.hpp"
#include "gui/models/session.hpp"

class QLabel;
class QListWidget;
class QTableWidget;

namespace redoubt::gui {

/// Confidential workloads, and of each what is claimed, what was expected, what there is, and whose word that
/// is. Lifetime: borrows the session.
class AttestationPage final : public QWidget {
    Q_OBJECT
  public:
    explicit AttestationPage(Session& session, QWidget* parent = nullptr);

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    void refresh();
    void ask(const Workload& workload);
    void show_chosen();
    void show_claims(const std::vector<Claim>& claims);

    Session& session_;
    OwnedInbox inbox_;
    std::map<std::string, Confidential> known_;
    std::set<std::string> asked_;
    QListWidget* list_;
    QLabel* title_;
    QLabel* verdict_;
    QTableWidget* table_;
};

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QSortFilterProxyModel>
#include <QStringList>

namespace redoubt::gui {

/// Rows that have all the words that are searched for, in any column; sorted by what a column means.
class TableFilter final : public QSortFilterProxyModel {
    Q_OBJECT
  public:
    explicit TableFilter(QObject* parent = nullptr);
    void search(const QString& words);

  protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

  private:
    QStringList words_;
};

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QTableView>

#include "gui/models/table_filter.hpp"

namespace redoubt::gui {

class RowModelBase;

/// A table of rows with ids: sorted and searched by its own filter, whole rows are chosen, Ctrl+C copies
/// them, and it says so when there is nothing to show. Lifetime: borrows the model.
class TableView final : public QTableView {
    Q_OBJECT
  public:
    explicit TableView(RowModelBase& model, QWidget* parent = nullptr);

    [[nodiscard]] TableFilter& filter() { return *filter_; }
    /// The id of the current row; empty: there is none.
    [[nodiscard]] QString current_id() const;
    /// Ids of all rows that are chosen.
    [[nodiscard]] QStringList selected_ids() const;
    void select_id(const QString& id);
    /// What stands in the middle of an empty table.
    void set_empty_text(const QString& text);
    /// Widths in characters, in the order of the columns; 0: what is left over.
    void set_widths(const std::vector<int>& characters);

  Q_SIGNALS:
    /// Another row is the current one, or the current one has changed.
    void current_changed();
    void activated_id(const QString& id);

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    void copy() const;

    TableFilter* filter_;
    RowModelBase& model_;
    QString empty_text_;
};

} // namespace redoubt::gui

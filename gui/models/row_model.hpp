// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QAbstractTableModel>
#include <QVariant>
#include <unordered_map>
#include <vector>

#include "gui/models/texts.hpp"

namespace redoubt::gui {

/// What every table here answers beside Qt's roles.
enum RowRole : int {
    k_sort_role = Qt::UserRole, ///< what a column is sorted by
    k_id_role,                  ///< QString: which row it is, whatever moves
    k_search_role,              ///< QString: what is searched, in lower case
    k_state_role,               ///< int: colour of a state cell, StateColour
    k_progress_role,            ///< double: 0 to 1; below 0 a bar without an end
};

enum class StateColour : std::uint8_t { quiet, good, busy, bad };

/// One column: its title and what it says of a row. `sort` and `state` may be missing.
template <class Row>
struct Column {
    QString title;
    std::function<QString(const Row&)> text;
    std::function<QVariant(const Row&)> sort = {};
    std::function<StateColour(const Row&)> state = {};
    std::function<QString(const Row&)> tip = {};
    bool is_number = false;
};

/// A table whose rows have ids. A new list becomes insertions, removals and changes: selections and scroll
/// positions stay. Thread: the UI's.
class RowModelBase : public QAbstractTableModel {
    Q_OBJECT
  public:
    using QAbstractTableModel::QAbstractTableModel;
    /// The row of an id; -1: there is none.
    [[nodiscard]] virtual int row_of(const QString& id) const = 0;
};

template <class Row>
class RowModel : public RowModelBase {
  public:
    using Identify = std::string (*)(const Row&);

    RowModel(std::vector<Column<Row>> columns, Identify identify, QObject* parent = nullptr)
        : RowModelBase(parent), columns_(std::move(columns)), identify_(identify) {}

    /// Takes the list that is there now. Rows that stay keep their order; new ones are added at the end.
    void apply(const std::vector<Row>& rows) {
        std::unordered_map<std::string, const Row*> wanted;
        wanted.reserve(rows.size());
        for (const auto& row : rows) wanted.emplace(identify_(row), &row);
        remove_missing(wanted);
        for (std::size_t at = 0; at < rows_.size(); ++at) {
            const auto found = wanted.find(rows_[at].id);
            if (!(rows_[at].value == *found->second)) change(at, *found->second);
            wanted.erase(found);
        }
        std::vector<Row> added;
        added.reserve(wanted.size());
        for (const auto& row : rows)
            if (const auto found = wanted.find(identify_(row));
                found != wanted.end() && found->second == &row)
                added.push_back(row);
        append(added);
    }

    /// Adds rows at the end, whose ids are new; of more than `most` the oldest go.
    void append(const std::vector<Row>& rows, std::size_t most = SIZE_MAX) {
        if (rows.empty()) return;
        const auto first = static_cast<int>(rows_.size());
        beginInsertRows({}, first, first + static_cast<int>(rows.size()) - 1);
        for (const auto& row : rows) rows_.push_back(entry_of(row));
        reindex(static_cast<std::size_t>(first));
        endInsertRows();
        if (rows_.size() > most) erase(0, rows_.size() - most);
    }

    void clear() {
        if (!rows_.empty()) erase(0, rows_.size());
    }

    [[nodiscard]] const Row& at(int row) const { return rows_.at(static_cast<std::size_t>(row)).value; }
    [[nodiscard]] const Row* find(const QString& id) const {
        const int row = row_of(id);
        return row < 0 ? nullptr : &at(row);
    }
    [[nodiscard]] int row_of(const QString& id) const override {
        const auto found = index_.find(id.toStdString());
        return found == index_.end() ? -1 : static_cast<int>(found->second);
    }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override {
        return parent.isValid() ? 0 : static_cast<int>(rows_.size());
    }
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override {
        return parent.isValid() ? 0 : static_cast<int>(columns_.size());
    }
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override {
        if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
        const auto& column = columns_[static_cast<std::size_t>(section)];
        if (role == Qt::DisplayRole) return column.title;
        if (role == Qt::TextAlignmentRole) return QVariant(alignment_of(column));
        return {};
    }
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override {
        if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
        const auto& entry = rows_[static_cast<std::size_t>(index.row())];
        const auto& column = columns_[static_cast<std::size_t>(index.column())];
        switch (role) {
        case Qt::DisplayRole: return column.text(entry.value);
        case Qt::ToolTipRole: return column.tip ? tip_of(column.tip(entry.value)) : QVariant();
        case Qt::TextAlignmentRole: return QVariant(alignment_of(column));
        case k_sort_role: return column.sort ? column.sort(entry.value) : QVariant(column.text(entry.value));
        case k_id_role: return text_of(entry.id);
        case k_search_role: return entry.search;
        case k_state_role:
            return column.state ? QVariant(static_cast<int>(column.state(entry.value))) : QVariant();
        default: return more_data(entry.value, index.column(), role);
        }
    }

  protected:
    [[nodiscard]] virtual QVariant more_data(const Row& /*row*/, int /*column*/, int /*role*/) const {
        return {};
    }

  private:
    struct Entry {
        std::string id;
        QString search;
        Row value;
    };

    static Qt::Alignment alignment_of(const Column<Row>& column) {
        return (column.is_number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter;
    }

    /// A tip is markup when it looks like it: what a node says never is.
    static QVariant tip_of(const QString& text) {
        if (text.isEmpty()) return {};
        return QStringLiteral("<span>%1</span>")
            .arg(text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>")));
    }

    Entry entry_of(const Row& row) const {
        Entry out{identify_(row), {}, row};
        for (const auto& column : columns_) out.search += column.text(row).toLower() + QLatin1Char('\n');
        out.search += text_of(out.id);
        return out;
    }

    void change(std::size_t at, const Row& row) {
        rows_[at] = entry_of(row);
        Q_EMIT dataChanged(index(static_cast<int>(at), 0), index(static_cast<int>(at), columnCount() - 1));
    }

    template <class Wanted>
    void remove_missing(const Wanted& wanted) {
        // From the end, neighbours together: what is before keeps its place.
        for (std::size_t end = rows_.size(); end > 0;) {
            if (wanted.contains(rows_[end - 1].id)) {
                --end;
                continue;
            }
            std::size_t begin = end;
            while (begin > 0 && !wanted.contains(rows_[begin - 1].id)) --begin;
            erase(begin, end);
            end = begin;
        }
    }

    void erase(std::size_t begin, std::size_t end) {
        beginRemoveRows({}, static_cast<int>(begin), static_cast<int>(end) - 1);
        for (std::size_t at = begin; at < end; ++at) index_.erase(rows_[at].id);
        rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(begin),
                    rows_.begin() + static_cast<std::ptrdiff_t>(end));
        reindex(begin);
        endRemoveRows();
    }

    void reindex(std::size_t from) {
        for (std::size_t at = from; at < rows_.size(); ++at) index_[rows_[at].id] = at;
    }

    std::vector<Column<Row>> columns_;
    Identify identify_;
    std::vector<Entry> rows_;
    std::unordered_map<std::string, std::size_t> index_;
};

} // namespace redoubt::gui

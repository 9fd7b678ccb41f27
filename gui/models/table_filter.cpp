// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/table_filter.hpp"

#include <algorithm>

#include "gui/models/row_model.hpp"

namespace redoubt::gui {

TableFilter::TableFilter(QObject* parent) : QSortFilterProxyModel(parent) {
    setSortRole(k_sort_role);
    setSortCaseSensitivity(Qt::CaseInsensitive);
    setDynamicSortFilter(true);
}

void TableFilter::search(const QString& words) {
    auto wanted = words.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    if (wanted == words_) return;
    words_ = std::move(wanted);
    invalidateRowsFilter();
}

bool TableFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    if (words_.isEmpty()) return true;
    const auto text = sourceModel()->index(row, 0, parent).data(k_search_role).toString();
    return std::ranges::all_of(words_, [&text](const QString& word) { return text.contains(word); });
}

} // namespace redoubt::gui

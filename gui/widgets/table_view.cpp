// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/widgets/table_view.hpp"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>

#include "gui/models/row_model.hpp"
#include "gui/widgets/cell_delegate.hpp"
#include "gui/widgets/theme.hpp"

namespace redoubt::gui {
namespace {

constexpr int k_cell_padding = 26;

} // namespace

TableView::TableView(RowModelBase& model, QWidget* parent)
    : QTableView(parent), filter_(new TableFilter(this)), model_(model) {
    filter_->setSourceModel(&model);
    setModel(filter_);
    setItemDelegate(new CellDelegate(this));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setSortingEnabled(true);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setEditTriggers(NoEditTriggers);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    setTextElideMode(Qt::ElideRight);
    verticalHeader()->hide();
    // One height for all: of 10,000 rows none has to be measured.
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 14);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionsMovable(true);
    connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this, &TableView::current_changed);
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, &TableView::current_changed);
    connect(filter_, &QAbstractItemModel::dataChanged, this, &TableView::current_changed);
    connect(this, &QTableView::doubleClicked, this,
            [this](const QModelIndex& index) { Q_EMIT activated_id(index.data(k_id_role).toString()); });
}

QString TableView::current_id() const {
    const auto rows = selectionModel()->selectedRows();
    if (rows.isEmpty()) return {};
    const auto current = currentIndex();
    return (current.isValid() && selectionModel()->isRowSelected(current.row()) ? current : rows.first())
        .data(k_id_role)
        .toString();
}

QStringList TableView::selected_ids() const {
    QStringList out;
    for (const auto& index : selectionModel()->selectedRows()) out << index.data(k_id_role).toString();
    return out;
}

void TableView::select_id(const QString& id) {
    const int row = model_.row_of(id);
    if (row < 0) return;
    const auto index = filter_->mapFromSource(model_.index(row, 0));
    if (!index.isValid()) return;
    setCurrentIndex(index);
    selectionModel()->select(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    scrollTo(index);
}

void TableView::set_empty_text(const QString& text) {
    empty_text_ = text;
    viewport()->update();
}

void TableView::set_widths(const std::vector<int>& characters) {
    const int letter = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    for (std::size_t at = 0; at < characters.size(); ++at) {
        const int column = static_cast<int>(at);
        if (characters[at] == 0)
            horizontalHeader()->setSectionResizeMode(column, QHeaderView::Stretch);
        else
            setColumnWidth(column, characters[at] * letter + k_cell_padding);
    }
}

void TableView::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) {
        copy();
        return;
    }
    const bool is_enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (is_enter && !current_id().isEmpty()) {
        Q_EMIT activated_id(current_id());
        return;
    }
    QTableView::keyPressEvent(event);
}

void TableView::copy() const {
    QString out;
    for (const auto& index : selectionModel()->selectedRows()) {
        QStringList cells;
        for (int column = 0; column < filter_->columnCount(); ++column)
            cells << index.siblingAtColumn(column).data().toString();
        out += cells.join(QLatin1Char('\t')) + QLatin1Char('\n');
    }
    QApplication::clipboard()->setText(out);
}

void TableView::paintEvent(QPaintEvent* event) {
    QTableView::paintEvent(event);
    if (filter_->rowCount() != 0) return;
    QPainter painter(viewport());
    painter.setPen(theme_of(palette()).muted);
    const auto text = model_.rowCount() == 0 ? empty_text_ : QStringLiteral("Nothing has all of these words");
    painter.drawText(viewport()->rect().adjusted(20, 0, -20, 0), Qt::AlignCenter | Qt::TextWordWrap, text);
}

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/image_model.hpp"

namespace redoubt::gui {
namespace {

std::vector<Column<ImageRow>> columns() {
    return {
        {.title = QStringLiteral("Name"),
         .text =
             [](const ImageRow& row) {
                 return row.names.empty() ? QStringLiteral("(no name)") : text_of(row.names);
             },
         .tip = [](const ImageRow& row) { return text_of(row.names); }},
        {.title = QStringLiteral("Id"),
         .text = [](const ImageRow& row) { return short_id(row.id); },
         .tip = [](const ImageRow& row) { return text_of(row.id); }},
        {.title = QStringLiteral("Platform"),
         .text = [](const ImageRow& row) { return text_of(row.platform); }},
        {.title = QStringLiteral("Layers"),
         .text =
             [](const ImageRow& row) {
                 return row.encrypted ? QStringLiteral("Encrypted") : QStringLiteral("Plain");
             },
         .tip =
             [](const ImageRow& row) {
                 return row.encrypted ? QStringLiteral("Runs at the isolation level confidential only")
                                      : QString();
             }},
        {.title = QStringLiteral("Size"),
         .text = [](const ImageRow& row) { return bytes_text(static_cast<double>(row.size_bytes)); },
         .sort = [](const ImageRow& row) { return QVariant(static_cast<qulonglong>(row.size_bytes)); },
         .is_number = true},
        {.title = QStringLiteral("Pulled"),
         .text = [](const ImageRow& row) { return time_text(row.pulled_at); },
         .sort = [](const ImageRow& row) { return QVariant(static_cast<qlonglong>(row.pulled_at)); }},
    };
}

} // namespace

ImageModel::ImageModel(QObject* parent)
    : RowModel(columns(), [](const ImageRow& row) { return row.id; }, parent) {}

} // namespace redoubt::gui

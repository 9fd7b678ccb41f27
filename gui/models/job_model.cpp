// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/job_model.hpp"

#include <algorithm>

namespace redoubt::gui {
namespace {

StateColour colour_of_job(const Job& job) {
    switch (job.state) {
    case JobState::running: return StateColour::busy;
    case JobState::done: return StateColour::good;
    case JobState::failed: return StateColour::bad;
    }
    return StateColour::quiet;
}

/// Errors of a node may have a remedy on a second line: one line in the table, all of it in the tip.
QString one_line(const Job& job) {
    auto text = text_of(job.detail).replace(QLatin1Char('\n'), QStringLiteral("; "));
    if (!text.isEmpty()) text[0] = text[0].toUpper();
    return text;
}

std::vector<Column<Job>> columns() {
    return {
        {.title = QStringLiteral("Job"), .text = [](const Job& row) { return text_of(row.title); }},
        {.title = QStringLiteral("State"),
         .text = [](const Job& row) { return text_of(name_of(row.state)); },
         .state = colour_of_job},
        {.title = QStringLiteral("Progress"),
         .text =
             [](const Job& row) {
                 return row.progress < 0 ? QString()
                                         : QStringLiteral("%1 %").arg(static_cast<int>(row.progress * 100));
             },
         .sort = [](const Job& row) { return QVariant(row.progress); }},
        {.title = QStringLiteral("Detail"),
         .text = one_line,
         .tip = [](const Job& row) { return text_of(row.detail); }},
        {.title = QStringLiteral("Begun"),
         .text = [](const Job& row) { return time_text(row.started_at); },
         .sort = [](const Job& row) { return QVariant(static_cast<qlonglong>(row.started_at)); }},
    };
}

} // namespace

JobModel::JobModel(QObject* parent) : RowModel(columns(), [](const Job& row) { return row.id; }, parent) {}

QVariant JobModel::more_data(const Job& row, int column, int role) const {
    if (role != k_progress_role || column != progress || row.state != JobState::running) return {};
    return std::clamp(row.progress, -1.0, 1.0);
}

} // namespace redoubt::gui

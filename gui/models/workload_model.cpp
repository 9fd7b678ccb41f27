// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/workload_model.hpp"

namespace redoubt::gui {
namespace {

QString level_text(const Workload& workload) {
    return text_of(workload.level) + (workload.simulation ? QStringLiteral(" (simulation)") : QString());
}

/// Without the registry and the tag "latest": what people look for.
QString image_text(const Workload& workload) {
    if (workload.kind == WorkloadKind::pod)
        return workload.members == 1 ? QStringLiteral("1 container")
                                     : QStringLiteral("%1 containers").arg(workload.members);
    auto text = text_of(workload.image);
    if (text.endsWith(QStringLiteral(":latest"))) text.chop(7);
    return text.section(QLatin1Char('/'), -1);
}

std::vector<Column<Workload>> columns() {
    return {
        {.title = QStringLiteral("Name"),
         .text = [](const Workload& row) { return text_of(row.name); },
         .tip = [](const Workload& row) { return text_of(row.id); }},
        {.title = QStringLiteral("State"),
         .text = state_text,
         .state = colour_of,
         .tip = [](const Workload& row) { return text_of(row.reason); }},
        {.title = QStringLiteral("Kind"),
         .text = [](const Workload& row) { return text_of(name_of(row.kind)); }},
        {.title = QStringLiteral("Image"),
         .text = image_text,
         .tip = [](const Workload& row) { return text_of(row.image); }},
        {.title = QStringLiteral("Isolation"), .text = level_text},
        {.title = QStringLiteral("Pod"), .text = [](const Workload& row) { return text_of(row.pod_name); }},
        {.title = QStringLiteral("CPU"),
         .text =
             [](const Workload& row) { return row.cpu_percent ? percent_text(*row.cpu_percent) : QString(); },
         .sort = [](const Workload& row) { return QVariant(row.cpu_percent.value_or(-1)); },
         .tip = [](const Workload&) { return QStringLiteral("Of one CPU, since the last look"); },
         .is_number = true},
        {.title = QStringLiteral("Memory"),
         .text =
             [](const Workload& row) {
                 return row.memory_bytes == 0 ? QString() : bytes_text(static_cast<double>(row.memory_bytes));
             },
         .sort = [](const Workload& row) { return QVariant(static_cast<qulonglong>(row.memory_bytes)); },
         .is_number = true},
        {.title = QStringLiteral("Started"),
         .text = [](const Workload& row) { return time_text(row.started_at); },
         .sort = [](const Workload& row) { return QVariant(static_cast<qlonglong>(row.started_at)); }},
    };
}

} // namespace

StateColour colour_of(const Workload& workload) {
    switch (workload.state) {
    case WorkloadState::running: return StateColour::good;
    case WorkloadState::starting:
    case WorkloadState::stopping: return StateColour::busy;
    case WorkloadState::degraded: return StateColour::bad;
    case WorkloadState::exited:
        return workload.exit_code == 0 && workload.reason.empty() ? StateColour::quiet : StateColour::bad;
    case WorkloadState::created:
    case WorkloadState::paused: break;
    }
    return StateColour::quiet;
}

QString state_text(const Workload& workload) {
    auto text = text_of(name_of(workload.state));
    if (workload.state == WorkloadState::exited && workload.kind == WorkloadKind::container)
        text += QStringLiteral(" (%1)").arg(workload.exit_code);
    return text;
}

WorkloadModel::WorkloadModel(QObject* parent)
    : RowModel(columns(), [](const Workload& row) { return row.id; }, parent) {}

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/event_model.hpp"

namespace redoubt::gui {
namespace {

constexpr std::size_t k_most_events = 10'000;

StateColour colour_of_action(const EventRow& row) {
    const auto& action = row.event.action;
    if (action == "oom" || action == "die" || action.ends_with("failed")) return StateColour::bad;
    if (action == "start" || action == "pull" || action == "import" || action == "create")
        return StateColour::good;
    return StateColour::quiet;
}

std::vector<Column<EventRow>> columns() {
    return {
        {.title = QStringLiteral("Time"),
         .text = [](const EventRow& row) { return time_text(row.event.time); },
         .sort = [](const EventRow& row) { return QVariant(static_cast<qulonglong>(row.number)); }},
        {.title = QStringLiteral("What"),
         .text = [](const EventRow& row) { return text_of(row.event.type); }},
        {.title = QStringLiteral("Action"),
         .text = [](const EventRow& row) { return text_of(row.event.action); },
         .state = colour_of_action},
        {.title = QStringLiteral("Name"),
         .text = [](const EventRow& row) { return text_of(row.event.name); },
         .tip = [](const EventRow& row) { return text_of(row.event.id); }},
        {.title = QStringLiteral("Details"),
         .text = [](const EventRow& row) { return text_of(row.event.details); },
         .tip = [](const EventRow& row) { return text_of(row.event.details); }},
    };
}

} // namespace

EventModel::EventModel(QObject* parent)
    : RowModel(columns(), [](const EventRow& row) { return std::to_string(row.number); }, parent) {}

void EventModel::add(const NodeEvent& event) {
    append({EventRow{++last_, event}}, k_most_events);
}

} // namespace redoubt::gui

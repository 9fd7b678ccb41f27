// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/backend/values.hpp"
#include "gui/models/row_model.hpp"

namespace redoubt::gui {

struct EventRow {
    std::uint64_t number = 0; ///< in the order they came
    NodeEvent event;

    [[nodiscard]] bool operator==(const EventRow&) const = default;
};

/// What has happened on a node; of more than 10,000 the oldest go.
class EventModel final : public RowModel<EventRow> {
  public:
    explicit EventModel(QObject* parent = nullptr);
    void add(const NodeEvent& event);

  private:
    std::uint64_t last_ = 0;
};

} // namespace redoubt::gui

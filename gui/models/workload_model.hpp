// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/backend/values.hpp"
#include "gui/models/row_model.hpp"

namespace redoubt::gui {

/// Containers and pods.
class WorkloadModel final : public RowModel<Workload> {
  public:
    enum ColumnOf : std::uint8_t { name, state, kind, image, level, pod, cpu, memory, started };
    explicit WorkloadModel(QObject* parent = nullptr);
};

[[nodiscard]] StateColour colour_of(const Workload& workload);
/// "Exited (3)".
[[nodiscard]] QString state_text(const Workload& workload);

} // namespace redoubt::gui

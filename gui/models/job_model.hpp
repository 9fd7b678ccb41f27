// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/backend/values.hpp"
#include "gui/models/row_model.hpp"

namespace redoubt::gui {

/// What was asked for here.
class JobModel final : public RowModel<Job> {
  public:
    enum ColumnOf : std::uint8_t { title, state, progress, detail, begun };
    explicit JobModel(QObject* parent = nullptr);

  protected:
    [[nodiscard]] QVariant more_data(const Job& row, int column, int role) const override;
};

} // namespace redoubt::gui

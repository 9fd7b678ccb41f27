// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/backend/values.hpp"
#include "gui/models/row_model.hpp"

namespace redoubt::gui {

/// The images that a node keeps.
class ImageModel final : public RowModel<ImageRow> {
  public:
    explicit ImageModel(QObject* parent = nullptr);
};

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "gui/dialogs/quick_open.hpp"

namespace redoubt::gui {

class MainWindow;

/// All that Ctrl+K can open now: pages and deeds first, then connections, workloads and images.
[[nodiscard]] std::vector<QuickEntry> quick_entries(MainWindow& window);

} // namespace redoubt::gui

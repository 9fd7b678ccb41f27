// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QString>
#include <optional>

#include "gui/backend/node_connection.hpp"

namespace redoubt::gui {

enum class WorkloadVerb : std::uint8_t { start, stop, restart, pause, unpause, remove, logs, terminal };

/// Why something cannot be done now, for people; nothing when it can. `workload` may be missing: none is
/// chosen.
[[nodiscard]] std::optional<QString> why_not(WorkloadVerb verb, const Workload* workload, LinkState link);
/// The same of work that needs a node alone.
[[nodiscard]] std::optional<QString> why_not_ask(LinkState link);

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/metrics/figures.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::metrics {

/// Thread: main strand.
[[nodiscard]] Counts count(const sandbox::Node& node);

/// Everything, but `host`. Guests that do not answer within a few seconds are left out. Thread: main strand.
/// Errors: those of node_info().
Task<Figures> collect(sandbox::Node& node);

} // namespace redoubt::node::metrics

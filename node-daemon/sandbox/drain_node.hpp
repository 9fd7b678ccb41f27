// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Taking a node out of use and back into it, as before and after maintenance. A drained node stays so across
/// restarts of the daemon and of the host.

#include <chrono>
#include <cstddef>
#include <functional>

#include "common/async/task.hpp"

namespace redoubt::node::sandbox {

struct Node;

struct DrainProgress {
    std::size_t stopped = 0;
    std::size_t total = 0;
};

struct DrainOptions {
    std::chrono::seconds timeout{10}; ///< for a container to end after its stop signal
    std::function<void(const DrainProgress&)> progress{};
    /// Asked before each container; true gives the rest of the drain up. May be empty.
    std::function<bool()> is_cancelled{};
};

/// No container starts from now on; those that run are stopped, a few at a time. Pulling images goes on.
/// Errors: cancelled, and containers start again; else the first of the containers that could not be stopped
/// (the others are), and the node is drained.
Task<void> drain_node(Node& node, DrainOptions options);

/// Containers may start again. Those that were stopped are not started. No error when it was not drained.
Task<void> resume_node(Node& node);

[[nodiscard]] bool is_drained(const Node& node);

} // namespace redoubt::node::sandbox

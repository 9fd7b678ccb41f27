// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// Accompanies a running container to its end, in node.tasks: its output goes to its log and to attached
/// clients, a lost link to the agent is made anew, and when the process or the VM has ended the container is
/// settled.
asio::awaitable<void> supervise(Node& node, std::shared_ptr<Container> container);

/// How a container ended.
struct End {
    int exit_code = 0;
    std::string reason; ///< empty: by itself
};

/// Settles the end of a container: EXITED, VM and all of it gone, container removed when it asked for that,
/// waiters and attached clients told, in this order: who hears of the end finds nothing left.
asio::awaitable<void> settle_end(Node& node, std::shared_ptr<Container> container, End end);

} // namespace redoubt::node::sandbox

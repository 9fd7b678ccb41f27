// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// Whether the policy of a container that has ended wants it to run again. Pure.
[[nodiscard]] bool wants_restart(const Container& container);
/// The same when the node has just started: what always runs does so although somebody had stopped it.
[[nodiscard]] bool wants_start_with_node(const Container& container);
/// How long the next restart waits: 100 ms, twice as much after each end within ten seconds, at most a
/// minute.
[[nodiscard]] Duration restart_delay(const Container& container);

/// Starts it again after a while, as long as its policy wants that and nobody else does something about it.
/// Does nothing when that is under way already.
void restart_by_policy(Node& node, std::shared_ptr<Container> container);

/// Starts what the node's start is to start, one after the other.
asio::awaitable<void> start_with_node(Node& node);

/// Refuses what cannot be. Errors: invalid_argument.
Status check_restart(const ContainerSpec& spec);

} // namespace redoubt::node::sandbox

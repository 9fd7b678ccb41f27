// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>

#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// Kept while a guest begins; gone, the next one may.
using StartTurn = std::optional<AsyncSemaphore::Guard>;

/// Guests begin one for each processor: more at once only take each other's caches, and all of them come
/// later. Who has waited for `turn_patience` begins without a turn, so that a start that hangs does not keep
/// others.
asio::awaitable<StartTurn> take_turn(Node& node);

} // namespace redoubt::node::sandbox

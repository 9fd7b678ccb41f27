// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/start_turn.hpp"

#include <variant>

namespace redoubt::node::sandbox {

using asio::experimental::awaitable_operators::operator||;

asio::awaitable<StartTurn> take_turn(Node& node) {
    auto outcome = co_await (node.turns.acquire() || sleep_for(node.settings.turn_patience));
    if (auto* guard = std::get_if<0>(&outcome)) co_return std::move(*guard);
    co_return std::nullopt;
}

} // namespace redoubt::node::sandbox

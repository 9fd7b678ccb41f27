// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// Lets a paused container go on, so that it can obey; nothing when it is not paused.
Task<void> thaw(Node& node, std::shared_ptr<Container> container);

/// Brings the guest to what the record of an adopted container says.
asio::awaitable<void> renew_pause(std::shared_ptr<Container> container);

} // namespace redoubt::node::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// Takes away what is left of a container that does not run: log folder, ledger entry, row, place in the
/// table. What cannot be taken away is logged and stays in the ledger for the next start of the daemon.
asio::awaitable<void> forget_container(Node& node, std::shared_ptr<Container> container);

} // namespace redoubt::node::sandbox

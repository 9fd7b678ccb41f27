// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/sandbox/pod.hpp"

namespace redoubt::node::sandbox {

/// Goes on with the pods that ran when the node or its daemon went: what their restart policies want, and
/// starts that were interrupted.
asio::awaitable<void> start_pods_with_node(Node& node);

} // namespace redoubt::node::sandbox

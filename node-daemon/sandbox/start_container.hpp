// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// start_container() for a container already found.
Task<void> start(Node& node, std::shared_ptr<Container> container);

} // namespace redoubt::node::sandbox

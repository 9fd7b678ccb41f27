// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <memory>

#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// Who wants it to run: what its restart policy counts begins anew when it is somebody.
enum class StartedBy : std::uint8_t { user, policy };

/// start_container() for a container already found.
Task<void> start(Node& node, std::shared_ptr<Container> container, StartedBy who = StartedBy::user);

} // namespace redoubt::node::sandbox

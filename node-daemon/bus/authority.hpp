// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "node-daemon/bus/connection.hpp"

namespace redoubt::node::bus {

/// What polkit is asked about; host-image/units/org.redoubt.node1.policy declares them.
inline constexpr auto k_manage_containers = "org.redoubt.node1.manage-containers";
inline constexpr auto k_manage_images = "org.redoubt.node1.manage-images";
inline constexpr auto k_manage_node = "org.redoubt.node1.manage-node";

/// Whether the sender of `call` may do `action`: polkit decides, and may ask a person when the call allows
/// it. Where there is no polkit, root and the daemon's own user may. Never an answer without a question: a
/// failure to ask is a refusal. Errors: permission_denied.
/// `call` outlives the coroutine.
Task<void> authorize(Connection& connection, sd_bus_message* call, std::string action);

} // namespace redoubt::node::bus

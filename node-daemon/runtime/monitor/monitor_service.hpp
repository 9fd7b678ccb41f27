// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/containers/container_access.hpp"
#include "common/ttrpc/server.hpp"
#include "node-daemon/runtime/host_container.hpp"

namespace redoubt::node::runtime {

/// Adds the calls of Kata's agent API that a container on the host has, and our own beside them: to the
/// daemon a monitor is an agent. What is for guests only (network, memory hotplug, clocks) is not there.
/// Lifetime: `container` and `access` outlive the server's calls.
void add_monitor_calls(ttrpc::Server& server, HostContainer& container, containers::ContainerAccess& access);

} // namespace redoubt::node::runtime

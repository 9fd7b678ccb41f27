// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The calls of grpc.AgentService that are about the guest's network.

#include "agent.pb.h"
#include "common/ttrpc/server.hpp"
#include "guest-image/agent/network/guest_network.hpp"

namespace redoubt::guest::rpc {

/// UpdateInterface, UpdateRoutes, ListInterfaces, ListRoutes, AddARPNeighbors; GetIPTables and SetIPTables
/// refuse in words. An interface that is plugged in has `patience` to appear.
void add_network_calls(ttrpc::Server& server, Duration patience);

/// Errors: invalid_argument for values that cannot be.
[[nodiscard]] Result<network::Interface> interface_from(const types::Interface& message);
[[nodiscard]] Result<network::NamedRoute> route_from(const types::Route& message);
[[nodiscard]] Result<network::NamedNeighbor> neighbor_from(const types::ARPNeighbor& message);
[[nodiscard]] types::Interface interface_message(const network::Interface& interface);
[[nodiscard]] types::Route route_message(const network::NamedRoute& route);

} // namespace redoubt::guest::rpc

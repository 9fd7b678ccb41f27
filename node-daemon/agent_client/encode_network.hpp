// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A guest's network in the form in which Kata's agent API carries it (common/contracts/proto/types.proto).

#include "node-daemon/launch/guest_network.hpp"
#include "types.pb.h"

namespace redoubt::node::agent_client {

[[nodiscard]] types::Interface encode_interface(const launch::GuestInterface& interface);
[[nodiscard]] types::Route encode_route(const launch::GuestRoute& route);

} // namespace redoubt::node::agent_client

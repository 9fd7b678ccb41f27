// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/launch/guest_network.hpp"

namespace redoubt::node::network::cni {

/// The packet filter would take a port from under a program of the host that listens on it: no such port is
/// mapped. Errors: already_exists, by port.
[[nodiscard]] Status check_host_ports(const std::vector<launch::PortMapping>& ports);

} // namespace redoubt::node::network::cni

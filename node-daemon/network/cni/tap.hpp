// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// From an interface in a namespace to a VM. Blocking; called inside the namespace.

#include <cstdint>
#include <string>

#include "common/base/error.hpp"
#include "node-daemon/network/network.hpp"

namespace redoubt::node::network::cni {

/// The tap's name beside an interface: "tap_eth0".
[[nodiscard]] std::string tap_name(const std::string& interface);

/// Opens a tap with so many queues (none: no tap), of the interface's MTU, and redirects all traffic of each
/// to the other. The tap goes with its last descriptor. What it tells of the interface is read before.
/// Errors: not_found no such interface; by errno.
[[nodiscard]] Result<Tap> open_tap(const std::string& interface, std::uint32_t queues);

/// The first half of it: the tap of an interface that is not there yet. It is down, and leads nowhere.
[[nodiscard]] Result<Tap> open_device(const std::string& interface, std::uint32_t queues);

/// The second half. Errors: not_found no such interface, or no such tap; by errno.
[[nodiscard]] Result<Tap> tie_tap(const std::string& interface);

} // namespace redoubt::node::network::cni

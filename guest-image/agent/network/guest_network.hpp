// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The guest's network as the host describes it: interfaces known by their MAC, addresses, routes,
/// neighbours. Source: kata.md 2, rtnetlink(7).

#include <cstdint>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/netlink/addresses.hpp"
#include "common/netlink/links.hpp"

namespace redoubt::guest::network {

struct Interface {
    std::string name;
    std::string mac;
    std::uint64_t mtu = 0;                   ///< 0: as it is
    std::vector<netlink::Address> addresses; ///< their `link` is not read
    bool has_arp = true;
    std::string kind;        ///< "veth"; only told, not set
    std::uint32_t flags = 0; ///< IFF_*; only told, not set
};

/// A route whose link is known by name; `route.link` is not read.
struct NamedRoute {
    std::string device;
    netlink::Route route;
};

struct NamedNeighbor {
    std::string device;
    netlink::Neighbor neighbor;
};

/// Waits at most `patience` for an interface with that MAC, gives it name, MTU and exactly these addresses,
/// and brings it up. Another interface of that name gets the name that this one had.
/// Errors: invalid_argument a MAC, name, MTU or address that cannot be; not_found no such interface appears.
Task<void> update_interface(Interface wanted, Duration patience);

/// Gives the interface with the MAC `known` another one; it is down afterwards.
/// Errors: invalid_argument; not_found.
[[nodiscard]] Status change_mac(const std::string& known, const std::string& mac);

/// Takes the interface with that MAC through all that a sandbox's goes through, with addresses that are
/// nobody's (RFC 5737, RFC 3849); of it nothing is left, and it is down afterwards. Errors: not_found.
[[nodiscard]] Status rehearse(const std::string& mac);

/// Makes these the only routes that do not follow from addresses; those that need no gateway come first.
/// When one cannot be added, what was there before is back. Errors: not_found an unknown device;
/// invalid_argument addresses that cannot be.
[[nodiscard]] Status update_routes(std::vector<NamedRoute> wanted);

/// All but the loopback interface's.
[[nodiscard]] Result<std::vector<Interface>> list_interfaces();
/// Those of the main table, the kernel's own included, but for the loopback interface.
[[nodiscard]] Result<std::vector<NamedRoute>> list_routes();

/// Errors: not_found an unknown device; invalid_argument.
[[nodiscard]] Status add_neighbors(const std::vector<NamedNeighbor>& neighbors);

} // namespace redoubt::guest::network

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Addresses, routes and neighbours of the network namespace that the socket was opened in.
/// Source: rtnetlink(7).

#include <cstdint>
#include <string>
#include <vector>

#include "common/netlink/socket.hpp"

namespace redoubt::netlink {

enum class Family : std::uint8_t { v4, v6 };

struct Address {
    int link = 0;
    Family family = Family::v4;
    std::string address; ///< "10.0.0.1"
    unsigned prefix = 0;
    bool is_global = true; ///< not only of the link or of the host
    bool operator==(const Address&) const = default;
};

/// A unicast route of the main table.
struct Route {
    int link = 0;
    Family family = Family::v4;
    std::string destination; ///< "10.0.0.0/8"; empty: everywhere
    std::string gateway;     ///< empty: on the link
    std::string source;      ///< empty: the kernel's choice
    std::uint32_t scope = 0; ///< RT_SCOPE_*
    std::uint32_t flags = 0; ///< RTNH_F_ONLINK and so on
    std::uint32_t mtu = 0;   ///< 0: the link's
    std::uint32_t metric = 0;
    bool is_of_kernel = false; ///< follows from an address
    bool operator==(const Route&) const = default;
};

/// Who answers for an address on a link, known without asking.
struct Neighbor {
    int link = 0;
    Family family = Family::v4;
    std::string address;
    std::string mac;
    std::uint16_t state = 0; ///< NUD_*
    std::uint8_t flags = 0;  ///< NTF_*
};

/// What changes something; an IPv6 address is usable at once, without a search for duplicates.
/// Errors: invalid_argument for text that is no address, prefix or MAC.
[[nodiscard]] Result<Request> make_address_request(std::uint16_t type, const Address& address);
[[nodiscard]] Result<Request> make_route_request(std::uint16_t type, const Route& route);
[[nodiscard]] Result<Request> make_neighbor_request(const Neighbor& neighbor);

[[nodiscard]] Result<std::vector<Address>> addresses(Socket& socket);
Status add_address(Socket& socket, const Address& address);
Status remove_address(Socket& socket, const Address& address);

/// Errors: unimplemented a route over several links.
[[nodiscard]] Result<std::vector<Route>> routes(Socket& socket);
/// Errors: already_exists.
Status add_route(Socket& socket, const Route& route);
Status remove_route(Socket& socket, const Route& route);

/// Adds or replaces.
Status set_neighbor(Socket& socket, const Neighbor& neighbor);

} // namespace redoubt::netlink

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Interfaces, addresses, routes and traffic redirection of the network namespace that the socket was opened
/// in. Source: rtnetlink(7), tc-u32(8), tc-mirred(8).

#include <cstdint>
#include <string>
#include <vector>

#include "node-daemon/network/netlink/socket.hpp"

namespace redoubt::node::network::netlink {

struct Link {
    int index = 0;
    std::string name;
    std::string mac;  ///< "02:00:00:00:00:01"; empty when it has none
    std::string kind; ///< "bridge", "veth"; empty for what is not virtual
    std::uint32_t mtu = 0;
    int master = 0; ///< index of the bridge it belongs to
};

enum class Family : std::uint8_t { v4, v6 };

struct Address {
    int link = 0;
    Family family = Family::v4;
    std::string address; ///< "10.0.0.1"
    unsigned prefix = 0;
    bool is_global = true; ///< not only of the link or of the host
};

/// A unicast route of the main table.
struct Route {
    int link = 0;
    Family family = Family::v4;
    std::string destination; ///< "10.0.0.0/8"; empty: everywhere
    std::string gateway;     ///< empty: on the link
    std::string source;
    std::uint32_t scope = 0;   ///< RT_SCOPE_*
    std::uint32_t flags = 0;   ///< RTNH_F_ONLINK and so on
    std::uint32_t mtu = 0;     ///< 0: the link's
    bool is_of_kernel = false; ///< follows from an address
};

/// Requests, for tests.
[[nodiscard]] Request make_ingress_request(int link);
[[nodiscard]] Request make_redirect_request(int from, int to);

[[nodiscard]] Result<std::vector<Link>> links(Socket& socket);
/// Errors: not_found.
[[nodiscard]] Result<Link> find_link(Socket& socket, const std::string& name);
Status set_up(Socket& socket, int link);
Status set_mtu(Socket& socket, int link, std::uint32_t mtu);
/// Errors: not_found.
Status delete_link(Socket& socket, int link);
[[nodiscard]] Result<std::vector<Address>> addresses(Socket& socket);
/// Errors: unimplemented a route over several links.
[[nodiscard]] Result<std::vector<Route>> routes(Socket& socket);
/// Whatever arrives at one link leaves by the other, and nothing of it is seen by this namespace.
Status redirect(Socket& socket, int from, int to);

} // namespace redoubt::node::network::netlink

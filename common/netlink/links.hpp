// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The interfaces of the network namespace that the socket was opened in. Source: rtnetlink(7).

#include <cstdint>
#include <string>
#include <vector>

#include "common/netlink/socket.hpp"

namespace redoubt::netlink {

struct Link {
    int index = 0;
    std::string name;
    std::string mac;  ///< "02:00:00:00:00:01"; empty when it has none
    std::string kind; ///< "bridge", "veth"; empty for what is not virtual
    std::uint32_t mtu = 0;
    std::uint32_t flags = 0; ///< IFF_*
    int master = 0;          ///< index of the bridge it belongs to
};

[[nodiscard]] Result<std::vector<Link>> links(Socket& socket);
/// Errors: not_found.
[[nodiscard]] Result<Link> find_link(Socket& socket, const std::string& name);

/// Sets those of the link's IFF_* that `mask` has to what they are in `flags`.
Status set_flags(Socket& socket, int link, std::uint32_t flags, std::uint32_t mask);
Status set_up(Socket& socket, int link);
Status set_mtu(Socket& socket, int link, std::uint32_t mtu);
/// `mac` as in Link; the link may have to be down. Errors: invalid_argument not six hex bytes.
Status set_mac(Socket& socket, int link, const std::string& mac);
/// The link is down. Errors: already_exists another link has the name.
Status rename(Socket& socket, int link, const std::string& name);
/// Errors: not_found.
Status delete_link(Socket& socket, int link);

} // namespace redoubt::netlink

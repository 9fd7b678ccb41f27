// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the host's packet filter holds, and changes to it as transactions. Blocking.
/// Source: linux/netfilter/nf_tables.h, linux/netfilter/nfnetlink.h.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/netlink/socket.hpp"

namespace redoubt::node::network::cni {

struct FilterChain {
    std::string name;
    bool is_base = false; ///< entered by packets, not only by jumps
    bool accepts_by_default = true;
    bool is_of_forwarding = false; ///< a base chain that forwarded packets enter
};
struct FilterRule {
    std::string chain;
    std::string jumps_to; ///< empty: it does something else
};
struct FilterTable {
    std::vector<FilterChain> chains;
    std::vector<FilterRule> rules;
};

/// A message of the family NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_INET...; `message` is one of NFT_MSG_*,
/// `flags` those of netlink beside NLM_F_REQUEST.
[[nodiscard]] netlink::Request filter_request(int message, int flags, std::uint8_t family);

/// All tables of a family that have chains, by name.
[[nodiscard]] Result<std::map<std::string, FilterTable>> read_tables(netlink::Socket& socket,
                                                                     std::uint8_t family);

/// The ruleset's number: it grows with every change of anybody. In network byte order.
[[nodiscard]] Result<std::uint32_t> read_generation(netlink::Socket& socket);

/// All of the changes or none; with a generation only if the ruleset is still that one.
Status change_filter(netlink::Socket& socket, const std::vector<netlink::Request>& changes,
                     std::optional<std::uint32_t> generation = std::nullopt);

} // namespace redoubt::node::network::cni

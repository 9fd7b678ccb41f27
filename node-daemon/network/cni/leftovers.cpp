// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/leftovers.hpp"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "common/netlink/links.hpp"

namespace redoubt::node::network::cni {
namespace {

/// Deletes a table if the ruleset is still that of `generation`.
Status delete_table(netlink::Socket& socket, std::uint8_t family, const std::string& name,
                    std::uint32_t generation) {
    auto deletion = filter_request(NFT_MSG_DELTABLE, NLM_F_ACK, family);
    deletion.put_text(NFTA_TABLE_NAME, name);
    return change_filter(socket, {deletion}, generation);
}

bool is_of_plugins(const std::string& chain) {
    return chain.starts_with("CNI-");
}

/// Source: the plugins portmap and firewall, their fixed chains.
bool is_allowed(const FilterRule& rule, const FilterChain& chain) {
    if (chain.is_base) return is_of_plugins(rule.jumps_to);
    if (chain.name == "CNI-FORWARD") return rule.jumps_to == "CNI-ADMIN";
    return chain.name == "CNI-HOSTPORT-SETMARK" || chain.name == "CNI-HOSTPORT-MASQ";
}

} // namespace

bool is_scaffolding(const std::vector<FilterChain>& chains, const std::vector<FilterRule>& rules) {
    const bool are_chains_plain = std::ranges::all_of(chains, [](const FilterChain& chain) {
        return chain.is_base ? chain.accepts_by_default : is_of_plugins(chain.name);
    });
    return are_chains_plain && std::ranges::all_of(rules, [&](const FilterRule& rule) {
               const auto chain = std::ranges::find(chains, rule.chain, &FilterChain::name);
               return chain != chains.end() && is_allowed(rule, *chain);
           });
}

Status remove_scaffolding() {
    RDT_TRY(auto socket, netlink::Socket::open(NETLINK_NETFILTER));
    for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
        for (const std::string name : {"nat", "filter"}) {
            RDT_TRY(const auto generation, read_generation(socket));
            RDT_TRY(const auto tables, read_tables(socket, family));
            const auto table = tables.find(name);
            if (table == tables.end() || !is_scaffolding(table->second.chains, table->second.rules)) continue;
            RDT_CHECK(delete_table(socket, family, name, generation)
                          .transform_error(context("remove the empty table {}", name)));
        }
    }
    return {};
}

Status remove_unused_bridge(const std::string& name) {
    RDT_TRY(auto socket, netlink::Socket::open(NETLINK_ROUTE));
    RDT_TRY(const auto links, netlink::links(socket));
    const auto bridge = std::ranges::find(links, name, &netlink::Link::name);
    if (bridge == links.end() || bridge->kind != "bridge") return {};
    if (std::ranges::contains(links, bridge->index, &netlink::Link::master)) return {};
    const auto deleted = netlink::delete_link(socket, bridge->index);
    if (!deleted && deleted.error().code == Code::not_found) return {};
    return deleted;
}

} // namespace redoubt::node::network::cni

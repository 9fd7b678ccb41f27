// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/leftovers.hpp"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <map>

#include "common/netlink/links.hpp"

namespace redoubt::node::network::cni {
namespace {

using netlink::Attributes;
using netlink::Request;
using netlink::Socket;

constexpr std::uint32_t k_accept = 1; // NF_ACCEPT

Request filter_request(int message, int flags, std::uint8_t family) {
    Request request(static_cast<std::uint16_t>((NFNL_SUBSYS_NFTABLES << 8) | message),
                    static_cast<std::uint16_t>(flags));
    request.fixed(nfgenmsg{.nfgen_family = family, .version = NFNETLINK_V0, .res_id = 0});
    return request;
}

/// The ruleset's number: it grows with every change of anybody. In network byte order.
Result<std::uint32_t> read_generation(Socket& socket) {
    RDT_TRY(const auto replies, socket.ask(filter_request(NFT_MSG_GETGEN, 0, AF_UNSPEC)));
    for (const auto& reply : replies) {
        RDT_TRY(const auto parts, netlink::read_payload<nfgenmsg>(reply.payload));
        if (parts.second.has(NFTA_GEN_ID)) return parts.second.number(NFTA_GEN_ID);
    }
    return fail(Code::data_loss, "the packet filter has no generation");
}

FilterChain read_chain(const Attributes& chain) {
    const bool is_base = chain.has(NFTA_CHAIN_HOOK);
    return {.name = chain.text(NFTA_CHAIN_NAME),
            .is_base = is_base,
            .accepts_by_default = !is_base || ntohl(chain.number(NFTA_CHAIN_POLICY)) == k_accept};
}

/// Where one expression of a rule jumps to; empty when it does not.
Result<std::string> read_jump(std::string_view element) {
    RDT_TRY(const auto expression, Attributes::parse(element));
    if (expression.text(NFTA_EXPR_NAME) != "immediate") return std::string();
    RDT_TRY(const auto data, expression.nested(NFTA_EXPR_DATA));
    RDT_TRY(const auto value, data.nested(NFTA_IMMEDIATE_DATA));
    RDT_TRY(const auto verdict, value.nested(NFTA_DATA_VERDICT));
    return verdict.text(NFTA_VERDICT_CHAIN);
}

Result<FilterRule> read_rule(const Attributes& attributes) {
    FilterRule rule{.chain = attributes.text(NFTA_RULE_CHAIN), .jumps_to = {}};
    RDT_TRY(const auto expressions, attributes.nested(NFTA_RULE_EXPRESSIONS));
    for (const auto& [type, element] : expressions.all()) {
        RDT_TRY(auto jump, read_jump(element));
        if (!jump.empty()) rule.jumps_to = std::move(jump);
    }
    return rule;
}

struct Table {
    std::vector<FilterChain> chains;
    std::vector<FilterRule> rules;
};

/// All tables of a family that have chains, by name.
Result<std::map<std::string, Table>> read_tables(Socket& socket, std::uint8_t family) {
    std::map<std::string, Table> tables;
    RDT_TRY(const auto chains, socket.ask(filter_request(NFT_MSG_GETCHAIN, NLM_F_DUMP, family)));
    for (const auto& reply : chains) {
        RDT_TRY(const auto parts, netlink::read_payload<nfgenmsg>(reply.payload));
        if (parts.first.nfgen_family != family) continue;
        tables[parts.second.text(NFTA_CHAIN_TABLE)].chains.push_back(read_chain(parts.second));
    }
    RDT_TRY(const auto rules, socket.ask(filter_request(NFT_MSG_GETRULE, NLM_F_DUMP, family)));
    for (const auto& reply : rules) {
        RDT_TRY(const auto parts, netlink::read_payload<nfgenmsg>(reply.payload));
        if (parts.first.nfgen_family != family) continue;
        RDT_TRY(auto rule, read_rule(parts.second));
        tables[parts.second.text(NFTA_RULE_TABLE)].rules.push_back(std::move(rule));
    }
    return tables;
}

/// Deletes a table if the ruleset is still that of `generation`.
Status delete_table(Socket& socket, std::uint8_t family, const std::string& name, std::uint32_t generation) {
    const nfgenmsg batch{
        .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)};
    Request begin(NFNL_MSG_BATCH_BEGIN, 0);
    begin.fixed(batch).put_value(NFNL_BATCH_GENID, generation);
    auto deletion = filter_request(NFT_MSG_DELTABLE, NLM_F_ACK, family);
    deletion.put_text(NFTA_TABLE_NAME, name);
    Request end(NFNL_MSG_BATCH_END, 0);
    end.fixed(batch);
    return socket.change_together({begin, deletion, end});
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
    RDT_TRY(auto socket, Socket::open(NETLINK_NETFILTER));
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
    RDT_TRY(auto socket, Socket::open(NETLINK_ROUTE));
    RDT_TRY(const auto links, netlink::links(socket));
    const auto bridge = std::ranges::find(links, name, &netlink::Link::name);
    if (bridge == links.end() || bridge->kind != "bridge") return {};
    if (std::ranges::contains(links, bridge->index, &netlink::Link::master)) return {};
    const auto deleted = netlink::delete_link(socket, bridge->index);
    if (!deleted && deleted.error().code == Code::not_found) return {};
    return deleted;
}

} // namespace redoubt::node::network::cni

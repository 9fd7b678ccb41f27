// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/nf_tables.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <utility>

namespace redoubt::node::network::cni {
namespace {

using netlink::Attributes;
using netlink::Request;
using netlink::Socket;

constexpr std::uint32_t k_accept = 1; // NF_ACCEPT

Result<FilterChain> read_chain(const Attributes& attributes) {
    FilterChain chain{.name = attributes.text(NFTA_CHAIN_NAME), .is_base = attributes.has(NFTA_CHAIN_HOOK)};
    if (!chain.is_base) return chain;
    chain.accepts_by_default = ntohl(attributes.number(NFTA_CHAIN_POLICY)) == k_accept;
    RDT_TRY(const auto hook, attributes.nested(NFTA_CHAIN_HOOK));
    chain.is_of_forwarding = ntohl(hook.number(NFTA_HOOK_HOOKNUM)) == NF_INET_FORWARD;
    return chain;
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

} // namespace

Request filter_request(int message, int flags, std::uint8_t family) {
    Request request(static_cast<std::uint16_t>((NFNL_SUBSYS_NFTABLES << 8) | message),
                    static_cast<std::uint16_t>(flags));
    request.fixed(nfgenmsg{.nfgen_family = family, .version = NFNETLINK_V0, .res_id = 0});
    return request;
}

Result<std::map<std::string, FilterTable>> read_tables(Socket& socket, std::uint8_t family) {
    std::map<std::string, FilterTable> tables;
    RDT_TRY(const auto chains, socket.ask(filter_request(NFT_MSG_GETCHAIN, NLM_F_DUMP, family)));
    for (const auto& reply : chains) {
        RDT_TRY(const auto parts, netlink::read_payload<nfgenmsg>(reply.payload));
        if (parts.first.nfgen_family != family) continue;
        RDT_TRY(auto chain, read_chain(parts.second));
        tables[parts.second.text(NFTA_CHAIN_TABLE)].chains.push_back(std::move(chain));
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

Result<std::uint32_t> read_generation(Socket& socket) {
    RDT_TRY(const auto replies, socket.ask(filter_request(NFT_MSG_GETGEN, 0, AF_UNSPEC)));
    for (const auto& reply : replies) {
        RDT_TRY(const auto parts, netlink::read_payload<nfgenmsg>(reply.payload));
        if (parts.second.has(NFTA_GEN_ID)) return parts.second.number(NFTA_GEN_ID);
    }
    return fail(Code::data_loss, "the packet filter has no generation");
}

Status change_filter(Socket& socket, const std::vector<Request>& changes,
                     std::optional<std::uint32_t> generation) {
    const nfgenmsg batch{
        .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)};
    Request begin(NFNL_MSG_BATCH_BEGIN, 0);
    begin.fixed(batch);
    if (generation) begin.put_value(NFNL_BATCH_GENID, *generation);
    Request end(NFNL_MSG_BATCH_END, 0);
    end.fixed(batch);
    std::vector<Request> all{std::move(begin)};
    all.insert(all.end(), changes.begin(), changes.end());
    all.push_back(std::move(end));
    return socket.change_together(all);
}

} // namespace redoubt::node::network::cni

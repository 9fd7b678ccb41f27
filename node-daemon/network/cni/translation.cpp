// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/translation.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "common/base/file.hpp"

namespace redoubt::node::network::cni {
namespace {

using netlink::Request;
using netlink::Socket;

constexpr auto k_table = "redoubt_networks";
constexpr auto k_chain = "outward";
constexpr auto k_legacy_tables = "/proc/net/ip_tables_names";
constexpr std::uint64_t k_most_legacy = 4096;
constexpr std::uint32_t k_after_filters = 100; // NF_IP_PRI_NAT_SRC
constexpr unsigned k_bits_of_byte = 8;

/// Where an IP header has its addresses. Source: RFC 791, RFC 8200.
struct Header {
    std::uint32_t source;
    std::uint32_t destination;
    std::uint32_t length; ///< of an address
    unsigned char multicast;
    unsigned multicast_bits;
};
constexpr Header k_v4{.source = 12, .destination = 16, .length = 4, .multicast = 0xe0, .multicast_bits = 4};
constexpr Header k_v6{.source = 8, .destination = 24, .length = 16, .multicast = 0xff, .multicast_bits = 8};

std::string leading_ones(std::size_t length, unsigned bits) {
    std::string mask(length, '\0');
    for (unsigned i = 0; i < bits; ++i)
        mask[i / k_bits_of_byte] = static_cast<char>(static_cast<unsigned char>(mask[i / k_bits_of_byte]) |
                                                     (0x80U >> (i % k_bits_of_byte)));
    return mask;
}

/// Expressions of one rule. Numbers of nf_tables are in network byte order.
class RuleWriter {
  public:
    RuleWriter(Request& request, const Header& header) : request_(request), header_(header) {}

    /// Goes on with packets whose address at `offset` is, or is not, of these leading bits.
    void compare(std::uint32_t offset, const std::string& network, unsigned bits, std::uint32_t relation) {
        element("payload", [&] {
            number(NFTA_PAYLOAD_DREG, NFT_REG_1);
            number(NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
            number(NFTA_PAYLOAD_OFFSET, offset);
            number(NFTA_PAYLOAD_LEN, header_.length);
        });
        element("bitwise", [&] {
            number(NFTA_BITWISE_SREG, NFT_REG_1);
            number(NFTA_BITWISE_DREG, NFT_REG_1);
            number(NFTA_BITWISE_LEN, header_.length);
            value(NFTA_BITWISE_MASK, leading_ones(header_.length, bits));
            value(NFTA_BITWISE_XOR, std::string(header_.length, '\0'));
        });
        element("cmp", [&] {
            number(NFTA_CMP_SREG, NFT_REG_1);
            number(NFTA_CMP_OP, relation);
            value(NFTA_CMP_DATA, network);
        });
    }
    void masquerade() {
        element("masq", [] {});
    }

  private:
    template <class Content>
    void element(const std::string& name, Content content) {
        request_.nest(NFTA_LIST_ELEM,
                      [&] { request_.put_text(NFTA_EXPR_NAME, name).nest(NFTA_EXPR_DATA, content); });
    }
    void number(std::uint16_t type, std::uint32_t number) { request_.put_value(type, htonl(number)); }
    void value(std::uint16_t type, const std::string& bytes) {
        request_.nest(type, [&] { request_.put(NFTA_DATA_VALUE, bytes); });
    }

    Request& request_;
    const Header& header_;
};

/// What comes from the subnet and goes neither to it nor to many.
Request make_rule(std::uint8_t family, const Subnet& subnet) {
    const auto& header = subnet.is_v6 ? k_v6 : k_v4;
    const std::string network(reinterpret_cast<const char*>(subnet.bytes.data()), header.length);
    std::string multicast(header.length, '\0');
    multicast[0] = static_cast<char>(header.multicast);
    auto request = filter_request(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, family);
    request.put_text(NFTA_RULE_TABLE, k_table)
        .put_text(NFTA_RULE_CHAIN, k_chain)
        .nest(NFTA_RULE_EXPRESSIONS, [&] {
            RuleWriter rule(request, header);
            rule.compare(header.source, network, subnet.prefix, NFT_CMP_EQ);
            rule.compare(header.destination, network, subnet.prefix, NFT_CMP_NEQ);
            rule.compare(header.destination, multicast, header.multicast_bits, NFT_CMP_NEQ);
            rule.masquerade();
        });
    return request;
}

Request make_chain(std::uint8_t family) {
    auto request = filter_request(NFT_MSG_NEWCHAIN, NLM_F_CREATE, family);
    request.put_text(NFTA_CHAIN_TABLE, k_table).put_text(NFTA_CHAIN_NAME, k_chain);
    request.nest(NFTA_CHAIN_HOOK, [&request] {
        request.put_value(NFTA_HOOK_HOOKNUM, htonl(NF_INET_POST_ROUTING));
        request.put_value(NFTA_HOOK_PRIORITY, htonl(k_after_filters));
    });
    return std::move(request.put_text(NFTA_CHAIN_TYPE, "nat"));
}

Request of_table(int message, int flags, std::uint8_t family) {
    auto request = filter_request(message, flags, family);
    return std::move(request.put_text(NFTA_TABLE_NAME, k_table));
}

bool is_table_there(Socket& socket, std::uint8_t family) {
    return socket.ask(of_table(NFT_MSG_GETTABLE, 0, family)).has_value();
}

} // namespace

bool filters_forwarding(const FilterTable& table) {
    const auto is_of_plugins = [](const FilterRule& rule) { return rule.jumps_to.starts_with("CNI-"); };
    return std::ranges::any_of(table.chains, [&](const FilterChain& chain) {
        return chain.is_of_forwarding &&
               (!chain.accepts_by_default || std::ranges::any_of(table.rules, [&](const FilterRule& rule) {
                   return rule.chain == chain.name && !is_of_plugins(rule);
               }));
    });
}

Result<bool> is_forwarding_filtered() {
    if (const auto legacy = read_file(k_legacy_tables, k_most_legacy); legacy && legacy->contains("filter"))
        return true;
    RDT_TRY(auto socket, Socket::open(NETLINK_NETFILTER));
    for (const std::uint8_t family : {NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6}) {
        RDT_TRY(const auto tables, read_tables(socket, family));
        if (std::ranges::any_of(tables, [](const auto& one) { return filters_forwarding(one.second); }))
            return true;
    }
    return false;
}

std::vector<Request> translate_to(std::uint8_t family, const std::vector<Subnet>& subnets) {
    // Made, so that there is one to delete.
    std::vector<Request> changes{of_table(NFT_MSG_NEWTABLE, NLM_F_CREATE, family),
                                 of_table(NFT_MSG_DELTABLE, NLM_F_ACK, family)};
    if (subnets.empty()) return changes;
    changes.push_back(of_table(NFT_MSG_NEWTABLE, NLM_F_CREATE, family));
    changes.push_back(make_chain(family));
    for (const auto& subnet : subnets) changes.push_back(make_rule(family, subnet));
    return changes;
}

Status Translation::join(const AttachmentRecord& record) {
    if (!record.list.is_translated_here) return {};
    const std::lock_guard alone(mutex_);
    learn();
    users_[key_of(record)] = subnets_of(record.list);
    return write();
}

Status Translation::leave(const AttachmentRecord& record) {
    if (!record.list.is_translated_here) return {};
    const std::lock_guard alone(mutex_);
    learn();
    users_.erase(key_of(record));
    return write();
}

void Translation::learn() {
    if (knows_) return;
    knows_ = true;
    for (const auto& sandbox : attachments_.sandboxes()) {
        const auto records = attachments_.find(sandbox);
        if (!records) continue; // whoever needs it says why it cannot be read
        for (const auto& record : *records)
            if (record.list.is_translated_here) users_[key_of(record)] = subnets_of(record.list);
    }
}

Status Translation::write() {
    std::set<std::string> wanted;
    for (const auto& [key, subnets] : users_) wanted.insert(subnets.begin(), subnets.end());
    RDT_TRY(auto socket, Socket::open(NETLINK_NETFILTER));
    for (const std::uint8_t family : {NFPROTO_IPV4, NFPROTO_IPV6}) {
        std::vector<Subnet> subnets;
        for (const auto& text : wanted) {
            RDT_TRY(const auto subnet, parse_subnet(text));
            if (subnet.is_v6 == (family == NFPROTO_IPV6)) subnets.push_back(subnet);
        }
        const bool is_there = is_table_there(socket, family);
        if (is_there != subnets.empty() && wanted == written_) continue;
        if (!is_there && subnets.empty()) continue;
        RDT_CHECK(change_filter(socket, translate_to(family, subnets))
                      .transform_error(context("translate addresses on the way out")));
    }
    written_ = std::move(wanted);
    return {};
}

} // namespace redoubt::node::network::cni

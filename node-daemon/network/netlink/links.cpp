// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/netlink/links.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <format>
#include <optional>

namespace redoubt::node::network::netlink {
namespace {

constexpr std::uint32_t k_ingress_handle = 0xffff0000U; // "ffff:", the ingress queue's fixed name
constexpr std::uint32_t k_priority = 1;

std::string render_mac(std::string_view bytes) {
    if (bytes.size() != 6) return {};
    std::string text;
    for (const char byte : bytes)
        text += std::format("{}{:02x}", text.empty() ? "" : ":", static_cast<unsigned char>(byte));
    return text;
}

std::optional<Family> family_of(unsigned char number) {
    if (number == AF_INET) return Family::v4;
    if (number == AF_INET6) return Family::v6;
    return std::nullopt;
}

std::string render_address(Family family, std::string_view bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (bytes.size() != (family == Family::v4 ? 4U : 16U)) return {};
    const int number = family == Family::v4 ? AF_INET : AF_INET6;
    if (::inet_ntop(number, bytes.data(), text.data(), text.size()) == nullptr) return {};
    return text.data();
}

Result<Link> read_link(const Socket::Reply& reply) {
    RDT_TRY(const auto parts, read_payload<ifinfomsg>(reply.payload));
    const auto& [header, attributes] = parts;
    Link link{.index = header.ifi_index,
              .name = attributes.text(IFLA_IFNAME),
              .mac = render_mac(attributes.bytes(IFLA_ADDRESS)),
              .kind = {},
              .mtu = attributes.number(IFLA_MTU),
              .master = static_cast<int>(attributes.number(IFLA_MASTER))};
    if (attributes.has(IFLA_LINKINFO)) {
        RDT_TRY(const auto info, attributes.nested(IFLA_LINKINFO));
        link.kind = info.text(IFLA_INFO_KIND);
    }
    return link;
}

Result<std::optional<Address>> read_address(const Socket::Reply& reply) {
    RDT_TRY(const auto parts, read_payload<ifaddrmsg>(reply.payload));
    const auto& [header, attributes] = parts;
    const auto family = family_of(header.ifa_family);
    if (!family) return std::nullopt;
    // A point-to-point link's own address is the local one.
    const auto bytes =
        attributes.has(IFA_LOCAL) ? attributes.bytes(IFA_LOCAL) : attributes.bytes(IFA_ADDRESS);
    return Address{.link = static_cast<int>(header.ifa_index),
                   .family = *family,
                   .address = render_address(*family, bytes),
                   .prefix = header.ifa_prefixlen,
                   .is_global = header.ifa_scope < RT_SCOPE_LINK};
}

std::uint32_t metric_of(const Attributes& route, std::uint16_t metric) {
    if (!route.has(RTA_METRICS)) return 0;
    const auto metrics = route.nested(RTA_METRICS);
    return metrics ? metrics->number(metric) : 0;
}

Result<std::optional<Route>> read_route(const Socket::Reply& reply) {
    RDT_TRY(const auto parts, read_payload<rtmsg>(reply.payload));
    const auto& [header, attributes] = parts;
    const auto family = family_of(header.rtm_family);
    const auto table = attributes.has(RTA_TABLE) ? attributes.number(RTA_TABLE) : header.rtm_table;
    if (!family || table != RT_TABLE_MAIN || header.rtm_type != RTN_UNICAST) return std::nullopt;
    if (attributes.has(RTA_MULTIPATH)) return fail(Code::unimplemented, "a route over several links at once");
    Route route{.link = static_cast<int>(attributes.number(RTA_OIF)),
                .family = *family,
                .destination = {},
                .gateway = render_address(*family, attributes.bytes(RTA_GATEWAY)),
                .source = render_address(*family, attributes.bytes(RTA_PREFSRC)),
                .scope = header.rtm_scope,
                .flags = header.rtm_flags & static_cast<unsigned>(RTNH_F_ONLINK),
                .mtu = metric_of(attributes, RTAX_MTU),
                .is_of_kernel = header.rtm_protocol == RTPROT_KERNEL};
    if (header.rtm_dst_len != 0)
        route.destination = std::format("{}/{}", render_address(*family, attributes.bytes(RTA_DST)),
                                        static_cast<unsigned>(header.rtm_dst_len));
    return route;
}

Request link_request(int type, int flags, int link) {
    Request request(static_cast<std::uint16_t>(type), static_cast<std::uint16_t>(NLM_F_ACK | flags));
    ifinfomsg header{};
    header.ifi_index = link;
    request.fixed(header);
    return request;
}

constexpr std::uint16_t k_dump = NLM_F_DUMP;

} // namespace

Request make_ingress_request(int link) {
    Request request(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    tcmsg header{};
    header.tcm_family = AF_UNSPEC;
    header.tcm_ifindex = link;
    header.tcm_handle = k_ingress_handle;
    header.tcm_parent = TC_H_INGRESS;
    request.fixed(header).put_text(TCA_KIND, "ingress");
    return request;
}

/// The u32 classifier is the one that every kernel has: a key whose mask is zero matches everything.
Request make_redirect_request(int from, int to) {
    Request request(RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    tcmsg header{};
    header.tcm_family = AF_UNSPEC;
    header.tcm_ifindex = from;
    header.tcm_parent = k_ingress_handle;
    header.tcm_info = TC_H_MAKE(k_priority << 16U, htons(ETH_P_ALL));
    std::string selector(sizeof(tc_u32_sel) + sizeof(tc_u32_key), '\0');
    tc_u32_sel head{};
    head.flags = TC_U32_TERMINAL;
    head.nkeys = 1;
    selector.replace(0, sizeof head, reinterpret_cast<const char*>(&head), sizeof head);
    tc_mirred mirred{};
    mirred.action = TC_ACT_STOLEN;
    mirred.eaction = TCA_EGRESS_REDIR;
    mirred.ifindex = static_cast<std::uint32_t>(to);
    constexpr std::uint16_t k_first_action = 1;
    request.fixed(header).put_text(TCA_KIND, "u32").nest(TCA_OPTIONS, [&] {
        request.put(TCA_U32_SEL, selector).nest(TCA_U32_ACT, [&] {
            request.nest(k_first_action, [&] {
                request.put_text(TCA_ACT_KIND, "mirred").nest(TCA_ACT_OPTIONS, [&] {
                    request.put_value(TCA_MIRRED_PARMS, mirred);
                });
            });
        });
    });
    return request;
}

Result<std::vector<Link>> links(Socket& socket) {
    Request request(RTM_GETLINK, k_dump);
    request.fixed(ifinfomsg{});
    RDT_TRY(const auto replies, socket.ask(request));
    std::vector<Link> found;
    for (const auto& reply : replies) {
        RDT_TRY(auto link, read_link(reply));
        found.push_back(std::move(link));
    }
    return found;
}

Result<Link> find_link(Socket& socket, const std::string& name) {
    RDT_TRY(auto all, links(socket));
    for (auto& link : all)
        if (link.name == name) return std::move(link);
    return fail(Code::not_found, "no interface {}", name);
}

Status set_up(Socket& socket, int link) {
    Request request(RTM_NEWLINK, NLM_F_ACK);
    ifinfomsg header{};
    header.ifi_index = link;
    header.ifi_flags = IFF_UP;
    header.ifi_change = IFF_UP;
    request.fixed(header);
    return socket.change(request).transform_error(context("bring interface {} up", link));
}

Status set_mtu(Socket& socket, int link, std::uint32_t mtu) {
    auto request = link_request(RTM_NEWLINK, 0, link);
    request.put_value(IFLA_MTU, mtu);
    return socket.change(request).transform_error(context("set the MTU of interface {} to {}", link, mtu));
}

Status delete_link(Socket& socket, int link) {
    return socket.change(link_request(RTM_DELLINK, 0, link)).transform_error([link](const Error& error) {
        return Error{error.message.contains("No such device") ? Code::not_found : error.code,
                     std::format("delete interface {}: {}", link, error.message)};
    });
}

Result<std::vector<Address>> addresses(Socket& socket) {
    Request request(RTM_GETADDR, k_dump);
    request.fixed(ifaddrmsg{});
    RDT_TRY(const auto replies, socket.ask(request));
    std::vector<Address> found;
    for (const auto& reply : replies) {
        RDT_TRY(auto address, read_address(reply));
        if (address) found.push_back(std::move(*address));
    }
    return found;
}

Result<std::vector<Route>> routes(Socket& socket) {
    Request request(RTM_GETROUTE, k_dump);
    request.fixed(rtmsg{});
    RDT_TRY(const auto replies, socket.ask(request));
    std::vector<Route> found;
    for (const auto& reply : replies) {
        RDT_TRY(auto route, read_route(reply));
        if (route) found.push_back(std::move(*route));
    }
    return found;
}

Status redirect(Socket& socket, int from, int to) {
    RDT_CHECK(socket.change(make_ingress_request(from))
                  .transform_error(context("add an ingress queue to interface {}", from)));
    return socket.change(make_redirect_request(from, to))
        .transform_error(context("redirect interface {} to {}", from, to));
}

} // namespace redoubt::node::network::netlink

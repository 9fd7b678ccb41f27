// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/netlink/addresses.hpp"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <format>
#include <optional>
#include <string_view>

#include "common/netlink/mac.hpp"

namespace redoubt::netlink {
namespace {

unsigned char number_of(Family family) {
    return family == Family::v4 ? AF_INET : AF_INET6;
}

std::optional<Family> family_of(unsigned char number) {
    if (number == AF_INET) return Family::v4;
    if (number == AF_INET6) return Family::v6;
    return std::nullopt;
}

std::size_t bytes_of(Family family) {
    return family == Family::v4 ? sizeof(in_addr) : sizeof(in6_addr);
}

std::string render_address(Family family, std::string_view bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (bytes.size() != bytes_of(family)) return {};
    if (::inet_ntop(number_of(family), bytes.data(), text.data(), text.size()) == nullptr) return {};
    return text.data();
}

Result<std::string> parse_address(Family family, const std::string& text) {
    std::string bytes(bytes_of(family), '\0');
    if (::inet_pton(number_of(family), text.c_str(), bytes.data()) != 1)
        return fail(Code::invalid_argument, "'{}' is not an IPv{} address", text,
                    family == Family::v4 ? 4 : 6);
    return bytes;
}

Result<unsigned char> check_prefix(Family family, unsigned prefix) {
    if (prefix > bytes_of(family) * 8)
        return fail(Code::invalid_argument, "an address has no {} bits for a prefix", prefix);
    return static_cast<unsigned char>(prefix);
}

struct Network {
    std::string bytes;
    unsigned char prefix = 0;
};

/// "10.0.0.0/8"; without a prefix it is one address.
Result<Network> parse_network(Family family, std::string_view text) {
    const auto slash = text.find('/');
    auto prefix = static_cast<unsigned>(bytes_of(family) * 8);
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (error != std::errc() || end != digits.data() + digits.size())
            return fail(Code::invalid_argument, "'{}' is not ADDRESS/PREFIX", text);
    }
    Network network;
    RDT_TRY(network.bytes, parse_address(family, std::string(text.substr(0, slash))));
    RDT_TRY(network.prefix, check_prefix(family, prefix));
    return network;
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
                .metric = attributes.number(RTA_PRIORITY),
                .is_of_kernel = header.rtm_protocol == RTPROT_KERNEL};
    if (header.rtm_dst_len != 0)
        route.destination = std::format("{}/{}", render_address(*family, attributes.bytes(RTA_DST)),
                                        static_cast<unsigned>(header.rtm_dst_len));
    return route;
}

constexpr std::uint16_t k_add = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
constexpr std::uint16_t k_put = NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;

std::uint16_t flags_for(std::uint16_t type) {
    return type == RTM_NEWADDR || type == RTM_NEWROUTE ? k_add : NLM_F_ACK;
}

std::string describe(const Route& route) {
    return std::format("route to {}{}{}", route.destination.empty() ? "everywhere" : route.destination,
                       route.gateway.empty() ? "" : " by ", route.gateway);
}

} // namespace

Result<Request> make_address_request(std::uint16_t type, const Address& address) {
    RDT_TRY(const auto bytes, parse_address(address.family, address.address));
    RDT_TRY(const auto prefix, check_prefix(address.family, address.prefix));
    Request request(type, flags_for(type));
    ifaddrmsg header{};
    header.ifa_family = number_of(address.family);
    header.ifa_prefixlen = prefix;
    header.ifa_scope = address.is_global ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    header.ifa_index = static_cast<std::uint32_t>(address.link);
    if (address.family == Family::v6) header.ifa_flags = IFA_F_NODAD;
    request.fixed(header).put(IFA_LOCAL, bytes).put(IFA_ADDRESS, bytes);
    return request;
}

Result<Request> make_route_request(std::uint16_t type, const Route& route) {
    Request request(type, flags_for(type));
    rtmsg header{};
    header.rtm_family = number_of(route.family);
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = type == RTM_NEWROUTE ? RTPROT_BOOT : RTPROT_UNSPEC;
    header.rtm_scope = static_cast<unsigned char>(route.scope);
    header.rtm_type = RTN_UNICAST;
    header.rtm_flags = route.flags;
    Network destination;
    if (!route.destination.empty()) {
        RDT_TRY(destination, parse_network(route.family, route.destination));
        header.rtm_dst_len = destination.prefix;
    }
    request.fixed(header).put_value(RTA_OIF, route.link);
    if (!destination.bytes.empty()) request.put(RTA_DST, destination.bytes);
    if (!route.gateway.empty()) {
        RDT_TRY(const auto gateway, parse_address(route.family, route.gateway));
        request.put(RTA_GATEWAY, gateway);
    }
    if (!route.source.empty()) {
        RDT_TRY(const auto source, parse_address(route.family, route.source));
        request.put(RTA_PREFSRC, source);
    }
    if (route.metric != 0) request.put_value(RTA_PRIORITY, route.metric);
    if (route.mtu != 0) request.nest(RTA_METRICS, [&] { request.put_value(RTAX_MTU, route.mtu); });
    return request;
}

Result<Request> make_neighbor_request(const Neighbor& neighbor) {
    RDT_TRY(const auto address, parse_address(neighbor.family, neighbor.address));
    RDT_TRY(const auto mac, parse_mac(neighbor.mac));
    Request request(RTM_NEWNEIGH, k_put);
    ndmsg header{};
    header.ndm_family = number_of(neighbor.family);
    header.ndm_ifindex = neighbor.link;
    header.ndm_state = neighbor.state;
    header.ndm_flags = neighbor.flags;
    request.fixed(header).put(NDA_DST, address).put(NDA_LLADDR, mac);
    return request;
}

Result<std::vector<Address>> addresses(Socket& socket) {
    Request request(RTM_GETADDR, NLM_F_DUMP);
    request.fixed(ifaddrmsg{});
    RDT_TRY(const auto replies, socket.ask(request));
    std::vector<Address> found;
    for (const auto& reply : replies) {
        RDT_TRY(auto address, read_address(reply));
        if (address) found.push_back(std::move(*address));
    }
    return found;
}

Status add_address(Socket& socket, const Address& address) {
    RDT_TRY(const auto request, make_address_request(RTM_NEWADDR, address));
    return socket.change(request).transform_error(context("add {}/{}", address.address, address.prefix));
}

Status remove_address(Socket& socket, const Address& address) {
    RDT_TRY(const auto request, make_address_request(RTM_DELADDR, address));
    return socket.change(request).transform_error(context("remove {}/{}", address.address, address.prefix));
}

Result<std::vector<Route>> routes(Socket& socket) {
    Request request(RTM_GETROUTE, NLM_F_DUMP);
    request.fixed(rtmsg{});
    RDT_TRY(const auto replies, socket.ask(request));
    std::vector<Route> found;
    for (const auto& reply : replies) {
        RDT_TRY(auto route, read_route(reply));
        if (route) found.push_back(std::move(*route));
    }
    return found;
}

Status add_route(Socket& socket, const Route& route) {
    RDT_TRY(const auto request, make_route_request(RTM_NEWROUTE, route));
    return socket.change(request).transform_error(context("add the {}", describe(route)));
}

Status remove_route(Socket& socket, const Route& route) {
    RDT_TRY(const auto request, make_route_request(RTM_DELROUTE, route));
    return socket.change(request).transform_error(context("remove the {}", describe(route)));
}

Status set_neighbor(Socket& socket, const Neighbor& neighbor) {
    RDT_TRY(const auto request, make_neighbor_request(neighbor));
    return socket.change(request).transform_error(
        context("neighbour {} at {}", neighbor.address, neighbor.mac));
}

} // namespace redoubt::netlink

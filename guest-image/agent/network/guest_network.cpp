// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/network/guest_network.hpp"

#include <linux/netlink.h>
#include <net/if.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "common/base/file.hpp"

namespace redoubt::guest::network {
namespace {

constexpr auto k_look_again = std::chrono::milliseconds(20);

Result<netlink::Socket> open_socket() {
    return netlink::Socket::open(NETLINK_ROUTE);
}

bool is_loopback(const netlink::Link& link) {
    return (link.flags & static_cast<unsigned>(IFF_LOOPBACK)) != 0;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

Status check(const Interface& wanted) {
    if (wanted.mac.empty()) return fail(Code::invalid_argument, "an interface without a MAC cannot be found");
    if (wanted.name.empty() || wanted.name.size() >= IFNAMSIZ || wanted.name == "." || wanted.name == ".." ||
        std::ranges::any_of(wanted.name,
                            [](unsigned char c) { return c <= ' ' || c == '/' || c == ':' || c == 0x7f; }))
        return fail(Code::invalid_argument, "'{}' cannot be an interface's name", wanted.name);
    if (wanted.mtu > std::numeric_limits<std::uint32_t>::max())
        return fail(Code::invalid_argument, "an MTU of {}", wanted.mtu);
    return {};
}

Result<std::optional<netlink::Link>> find_by_mac(netlink::Socket& socket, const std::string& mac) {
    RDT_TRY(auto links, netlink::links(socket));
    for (auto& link : links)
        if (link.mac == mac && !is_loopback(link)) return std::move(link);
    return std::nullopt;
}

/// A plugged device may be told of before the kernel has found it.
Task<netlink::Link> await_link(std::string mac, Duration patience) {
    const auto deadline = Clock::now() + patience;
    RDT_CO_TRY(auto socket, open_socket());
    for (;;) {
        RDT_CO_TRY(auto link, find_by_mac(socket, mac));
        if (link) co_return std::move(*link);
        if (Clock::now() >= deadline)
            co_return fail(Code::not_found, "no interface has the MAC address {}", mac);
        co_await sleep_for(k_look_again);
    }
}

Status flush_addresses(netlink::Socket& socket, int link) {
    RDT_TRY(const auto known, netlink::addresses(socket));
    for (const auto& address : known)
        if (address.link == link) RDT_CHECK(netlink::remove_address(socket, address));
    return {};
}

/// Both are down for the moment of it: a kernel before 6.2 renames no other interface.
Status take_name(netlink::Socket& socket, const netlink::Link& link, const std::string& name) {
    if (link.name == name) return {};
    const auto other = netlink::find_link(socket, name);
    if (!other) return netlink::rename(socket, link.index, name);
    const bool was_up = (other->flags & static_cast<unsigned>(IFF_UP)) != 0;
    RDT_CHECK(netlink::set_flags(socket, other->index, 0, IFF_UP));
    RDT_CHECK(netlink::rename(socket, other->index, "swap" + std::to_string(other->index)));
    RDT_CHECK(netlink::rename(socket, link.index, name));
    RDT_CHECK(netlink::rename(socket, other->index, link.name));
    return was_up ? netlink::set_up(socket, other->index) : Status{};
}

/// The way out is the node's to say: not that of a neighbour who advertises itself as a router. Nor are
/// routers asked for, which all who are on the network would hear.
void ignore_routers(const std::string& name) {
    // A guest without IPv6 has no such setting.
    std::ignore = write_existing("/proc/sys/net/ipv6/conf/" + name + "/accept_ra", "0");
}

Status configure(netlink::Socket& socket, const netlink::Link& link, const Interface& wanted) {
    RDT_CHECK(netlink::set_flags(socket, link.index, 0, IFF_UP));
    RDT_CHECK(flush_addresses(socket, link.index));
    RDT_CHECK(take_name(socket, link, wanted.name));
    if (wanted.mtu != 0)
        RDT_CHECK(netlink::set_mtu(socket, link.index, static_cast<std::uint32_t>(wanted.mtu)));
    RDT_CHECK(netlink::set_flags(socket, link.index, wanted.has_arp ? 0 : IFF_NOARP, IFF_NOARP));
    ignore_routers(wanted.name);
    // Before addresses: an IPv6 address is only taken for good by an interface that is up.
    RDT_CHECK(netlink::set_up(socket, link.index));
    for (auto address : wanted.addresses) {
        address.link = link.index;
        RDT_CHECK(netlink::add_address(socket, address));
    }
    return {};
}

Result<std::vector<netlink::Route>> resolve(netlink::Socket& socket, std::vector<NamedRoute> wanted) {
    std::ranges::stable_partition(wanted, [](const auto& route) { return route.route.gateway.empty(); });
    std::vector<netlink::Route> routes;
    for (auto& [device, route] : wanted) {
        RDT_TRY(const auto link, netlink::find_link(socket, device));
        route.link = link.index;
        routes.push_back(std::move(route));
    }
    return routes;
}

/// Routes that came from somebody's request, and are not the loopback's.
Result<std::vector<netlink::Route>> requested_routes(netlink::Socket& socket) {
    RDT_TRY(const auto loopback, netlink::find_link(socket, "lo"));
    RDT_TRY(auto routes, netlink::routes(socket));
    std::erase_if(routes, [&loopback](const auto& route) {
        return route.is_of_kernel || route.link == loopback.index;
    });
    return routes;
}

Status add_all(netlink::Socket& socket, const std::vector<netlink::Route>& routes) {
    for (const auto& route : routes) {
        // What follows from an address already is there.
        const auto added = netlink::add_route(socket, route);
        if (!added && added.error().code != Code::already_exists) return added;
    }
    return {};
}

} // namespace

Task<void> update_interface(Interface wanted, Duration patience) {
    wanted.mac = lower(std::move(wanted.mac));
    RDT_CO_CHECK(check(wanted));
    RDT_CO_TRY(const auto link, co_await await_link(wanted.mac, patience));
    RDT_CO_TRY(auto socket, open_socket());
    co_return configure(socket, link, wanted)
        .transform_error(context("interface {} ({})", wanted.name, wanted.mac));
}

Status change_mac(const std::string& known, const std::string& mac) {
    RDT_TRY(auto socket, open_socket());
    RDT_TRY(const auto link, find_by_mac(socket, lower(known)));
    if (!link) return fail(Code::not_found, "no interface has the MAC address {}", known);
    RDT_CHECK(netlink::set_flags(socket, link->index, 0, IFF_UP));
    return netlink::set_mac(socket, link->index, mac);
}

Status update_routes(std::vector<NamedRoute> wanted) {
    RDT_TRY(auto socket, open_socket());
    RDT_TRY(const auto routes, resolve(socket, std::move(wanted)));
    RDT_TRY(const auto before, requested_routes(socket));
    // Those that need others go first.
    for (const auto& route : before)
        if (!route.gateway.empty()) RDT_CHECK(netlink::remove_route(socket, route));
    for (const auto& route : before)
        if (route.gateway.empty()) RDT_CHECK(netlink::remove_route(socket, route));
    auto added = add_all(socket, routes);
    if (added) return {};
    RDT_TRY(const auto halfway, requested_routes(socket));
    for (const auto& route : halfway) std::ignore = netlink::remove_route(socket, route);
    auto back = before;
    std::ranges::stable_partition(back, [](const auto& route) { return route.gateway.empty(); });
    std::ignore = add_all(socket, back);
    return added;
}

Status rehearse(const std::string& mac) {
    RDT_CHECK(change_mac(mac, mac));
    RDT_TRY(auto socket, open_socket());
    RDT_TRY(const auto link, find_by_mac(socket, lower(mac)));
    if (!link) return fail(Code::not_found, "no interface has the MAC address {}", mac);
    const Interface wanted{
        .name = link->name,
        .mac = link->mac,
        .mtu = link->mtu,
        .addresses = {{.family = netlink::Family::v4, .address = "192.0.2.2", .prefix = 24},
                      {.family = netlink::Family::v6, .address = "2001:db8::2", .prefix = 64}}};
    RDT_CHECK(configure(socket, *link, wanted));
    RDT_CHECK(update_routes({{link->name, {.family = netlink::Family::v4, .gateway = "192.0.2.1"}},
                             {link->name, {.family = netlink::Family::v6, .gateway = "2001:db8::1"}}}));
    RDT_CHECK(update_routes({}));
    RDT_CHECK(flush_addresses(socket, link->index));
    return netlink::set_flags(socket, link->index, 0, IFF_UP);
}

Result<std::vector<Interface>> list_interfaces() {
    RDT_TRY(auto socket, open_socket());
    RDT_TRY(const auto links, netlink::links(socket));
    RDT_TRY(const auto addresses, netlink::addresses(socket));
    std::vector<Interface> interfaces;
    for (const auto& link : links) {
        if (is_loopback(link)) continue;
        Interface interface{.name = link.name,
                            .mac = link.mac,
                            .mtu = link.mtu,
                            .addresses = {},
                            .has_arp = (link.flags & static_cast<unsigned>(IFF_NOARP)) == 0,
                            .kind = link.kind,
                            .flags = link.flags};
        std::ranges::copy_if(addresses, std::back_inserter(interface.addresses),
                             [&link](const auto& address) { return address.link == link.index; });
        interfaces.push_back(std::move(interface));
    }
    return interfaces;
}

Result<std::vector<NamedRoute>> list_routes() {
    RDT_TRY(auto socket, open_socket());
    RDT_TRY(const auto links, netlink::links(socket));
    RDT_TRY(auto routes, netlink::routes(socket));
    std::vector<NamedRoute> named;
    for (auto& route : routes) {
        const auto link = std::ranges::find(links, route.link, &netlink::Link::index);
        if (link == links.end() || is_loopback(*link)) continue;
        named.push_back({link->name, std::move(route)});
    }
    return named;
}

Status add_neighbors(const std::vector<NamedNeighbor>& neighbors) {
    RDT_TRY(auto socket, open_socket());
    for (const auto& [device, wanted] : neighbors) {
        RDT_TRY(const auto link, netlink::find_link(socket, device));
        auto neighbor = wanted;
        neighbor.link = link.index;
        RDT_CHECK(netlink::set_neighbor(socket, neighbor));
    }
    return {};
}

} // namespace redoubt::guest::network

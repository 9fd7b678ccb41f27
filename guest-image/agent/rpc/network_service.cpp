// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/network_service.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "guest-image/agent/rpc/agent_service.hpp"

namespace redoubt::guest::rpc {
namespace {

constexpr const char* k_service = "grpc.AgentService";

netlink::Family family_from(types::IPFamily family) {
    return family == types::v6 ? netlink::Family::v6 : netlink::Family::v4;
}

types::IPFamily family_message(netlink::Family family) {
    return family == netlink::Family::v6 ? types::v6 : types::v4;
}

/// The mask is the prefix's length in Kata's API.
Result<netlink::Address> address_from(const types::IPAddress& message) {
    netlink::Address address{
        .link = 0, .family = family_from(message.family()), .address = message.address(), .prefix = 0};
    const auto& digits = message.mask();
    const auto* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, address.prefix);
    if (error != std::errc() || end != last)
        return fail(Code::invalid_argument, "address {}: '{}' is not the length of a prefix",
                    message.address(), digits);
    return address;
}

Task<types::Interface> update_interface(grpc::UpdateInterfaceRequest request, Duration patience) {
    if (!request.has_interface()) co_return fail(Code::invalid_argument, "interface: it is missing");
    RDT_CO_TRY(auto wanted, interface_from(request.interface()));
    RDT_CO_CHECK(co_await network::update_interface(std::move(wanted), patience));
    co_return request.interface();
}

Result<grpc::Routes> routes_now() {
    RDT_TRY(const auto routes, network::list_routes());
    grpc::Routes message;
    for (const auto& route : routes) *message.add_routes() = route_message(route);
    return message;
}

Task<grpc::Routes> update_routes(grpc::UpdateRoutesRequest request) {
    std::vector<network::NamedRoute> wanted;
    for (const auto& message : request.routes().routes()) {
        RDT_CO_TRY(auto route, route_from(message));
        wanted.push_back(std::move(route));
    }
    RDT_CO_CHECK(network::update_routes(std::move(wanted)));
    co_return routes_now();
}

Task<grpc::Interfaces> list_interfaces() {
    RDT_CO_TRY(const auto interfaces, network::list_interfaces());
    grpc::Interfaces message;
    for (const auto& interface : interfaces) *message.add_interfaces() = interface_message(interface);
    co_return message;
}

Task<grpc::Routes> list_routes() {
    co_return routes_now();
}

Task<Empty> add_neighbors(grpc::AddARPNeighborsRequest request) {
    std::vector<network::NamedNeighbor> wanted;
    for (const auto& message : request.neighbors().arpneighbors()) {
        RDT_CO_TRY(auto neighbor, neighbor_from(message));
        wanted.push_back(std::move(neighbor));
    }
    RDT_CO_CHECK(network::add_neighbors(wanted));
    co_return Empty{};
}

} // namespace

Result<network::Interface> interface_from(const types::Interface& message) {
    network::Interface interface{.name = message.name(),
                                 .mac = message.hwaddr(),
                                 .mtu = message.mtu(),
                                 .addresses = {},
                                 .has_arp = (message.raw_flags() & static_cast<unsigned>(IFF_NOARP)) == 0,
                                 .kind = {}};
    for (const auto& place : message.ipaddresses()) {
        RDT_TRY(auto address, address_from(place));
        interface.addresses.push_back(std::move(address));
    }
    return interface;
}

Result<network::NamedRoute> route_from(const types::Route& message) {
    constexpr std::uint32_t k_host_scope = RT_SCOPE_NOWHERE;
    if (message.scope() > k_host_scope)
        return fail(Code::invalid_argument, "route to '{}': no scope {}", message.dest(), message.scope());
    return network::NamedRoute{.device = message.device(),
                               .route = {.link = 0,
                                         .family = family_from(message.family()),
                                         .destination = message.dest(),
                                         .gateway = message.gateway(),
                                         .source = message.source(),
                                         .scope = message.scope(),
                                         .flags = message.flags() & static_cast<unsigned>(RTNH_F_ONLINK),
                                         .mtu = message.mtu()}};
}

Result<network::NamedNeighbor> neighbor_from(const types::ARPNeighbor& message) {
    if (!message.has_toipaddress())
        return fail(Code::invalid_argument, "neighbour of {}: its address is missing", message.device());
    constexpr int k_states = 0xff; // NUD_* are bits of a byte
    if (message.state() < 0 || message.state() > k_states || message.flags() < 0 || message.flags() > 0xff)
        return fail(Code::invalid_argument, "neighbour {}: state {}, flags {}",
                    message.toipaddress().address(), message.state(), message.flags());
    return network::NamedNeighbor{.device = message.device(),
                                  .neighbor = {.link = 0,
                                               .family = family_from(message.toipaddress().family()),
                                               .address = message.toipaddress().address(),
                                               .mac = message.lladdr(),
                                               .state = static_cast<std::uint16_t>(
                                                   message.state() == 0 ? NUD_PERMANENT : message.state()),
                                               .flags = static_cast<std::uint8_t>(message.flags())}};
}

types::Interface interface_message(const network::Interface& interface) {
    types::Interface message;
    message.set_device(interface.name);
    message.set_name(interface.name);
    message.set_hwaddr(interface.mac);
    message.set_mtu(interface.mtu);
    message.set_type(interface.kind);
    message.set_raw_flags(interface.flags);
    for (const auto& address : interface.addresses) {
        auto& to = *message.add_ipaddresses();
        to.set_family(family_message(address.family));
        to.set_address(address.address);
        to.set_mask(std::to_string(address.prefix));
    }
    return message;
}

types::Route route_message(const network::NamedRoute& named) {
    const auto& route = named.route;
    types::Route message;
    message.set_dest(route.destination);
    message.set_gateway(route.gateway);
    message.set_device(named.device);
    message.set_source(route.source);
    message.set_scope(route.scope);
    message.set_family(family_message(route.family));
    message.set_flags(route.flags);
    message.set_mtu(route.mtu);
    return message;
}

void add_network_calls(ttrpc::Server& server, Duration patience) {
    server.add_message<grpc::UpdateInterfaceRequest, types::Interface>(
        k_service, "UpdateInterface",
        [patience](grpc::UpdateInterfaceRequest request, const ttrpc::CallContext&) {
            return update_interface(std::move(request), patience);
        });
    server.add_message<grpc::UpdateRoutesRequest, grpc::Routes>(
        k_service, "UpdateRoutes", [](grpc::UpdateRoutesRequest request, const ttrpc::CallContext&) {
            return update_routes(std::move(request));
        });
    server.add_message<grpc::ListInterfacesRequest, grpc::Interfaces>(
        k_service, "ListInterfaces",
        [](const grpc::ListInterfacesRequest&, const ttrpc::CallContext&) { return list_interfaces(); });
    server.add_message<grpc::ListRoutesRequest, grpc::Routes>(
        k_service, "ListRoutes",
        [](const grpc::ListRoutesRequest&, const ttrpc::CallContext&) { return list_routes(); });
    server.add_message<grpc::AddARPNeighborsRequest, Empty>(
        k_service, "AddARPNeighbors", [](grpc::AddARPNeighborsRequest request, const ttrpc::CallContext&) {
            return add_neighbors(std::move(request));
        });
    for (const char* const method : {"GetIPTables", "SetIPTables"})
        server.add(k_service, method, [](std::string, ttrpc::CallContext context) -> Task<std::string> {
            co_return fail(Code::unimplemented,
                           "{}: the guest has no iptables: it is a kernel and this agent", context.method);
        });
}

} // namespace redoubt::guest::rpc

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/agent_client/encode_network.hpp"

#include <string>

namespace redoubt::node::agent_client {
namespace {

types::IPFamily encode_family(bool is_v6) {
    return is_v6 ? types::v6 : types::v4;
}

} // namespace

types::Interface encode_interface(const launch::GuestInterface& interface) {
    types::Interface out;
    out.set_device(interface.name);
    out.set_name(interface.name);
    out.set_hwaddr(interface.mac);
    out.set_mtu(interface.mtu);
    for (const auto& address : interface.addresses) {
        auto& to = *out.add_ipaddresses();
        to.set_family(encode_family(address.is_v6));
        to.set_address(address.address);
        to.set_mask(std::to_string(address.prefix)); // the prefix's length, in Kata's API
    }
    return out;
}

types::Route encode_route(const launch::GuestRoute& route) {
    types::Route out;
    out.set_dest(route.destination);
    out.set_gateway(route.gateway);
    out.set_device(route.device);
    out.set_source(route.source);
    out.set_scope(route.scope);
    out.set_family(encode_family(route.is_v6));
    out.set_flags(route.flags);
    out.set_mtu(route.mtu);
    return out;
}

} // namespace redoubt::node::agent_client

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/tap.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "common/base/file.hpp"
#include "common/netlink/addresses.hpp"
#include "common/netlink/links.hpp"
#include "node-daemon/network/cni/redirect.hpp"

namespace redoubt::node::network::cni {
namespace {

constexpr const char* k_tun_device = "/dev/net/tun";

/// Descriptors on one tap; the first makes it. It belongs to the namespace in which /dev/net/tun was opened.
Result<std::vector<UniqueFd>> open_queues(const std::string& name, std::uint32_t count) {
    std::vector<UniqueFd> queues;
    ifreq request{};
    std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
    unsigned flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    if (count > 1) flags |= IFF_MULTI_QUEUE;
    request.ifr_flags = static_cast<short>(flags);
    for (std::uint32_t i = 0; i < count; ++i) {
        RDT_TRY(auto fd, open_file(k_tun_device, O_RDWR));
        if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) return fail_errno(errno, "make tap {}", name);
        queues.push_back(std::move(fd));
    }
    return queues;
}

/// The namespace's own stack is to say nothing on the tap: the guest would hear it.
void silence(const std::string& name) {
    std::ignore = write_existing("/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6", "1");
}

Result<launch::GuestInterface> read_interface(netlink::Socket& socket, const netlink::Link& link) {
    if (link.mac.empty())
        return fail(Code::unimplemented, "interface {} has no MAC address: a VM cannot use it", link.name);
    launch::GuestInterface interface{.name = link.name, .mac = link.mac, .mtu = link.mtu, .addresses = {}};
    RDT_TRY(const auto addresses, netlink::addresses(socket));
    for (const auto& address : addresses)
        if (address.link == link.index && address.is_global)
            interface.addresses.push_back({.address = address.address,
                                           .prefix = address.prefix,
                                           .is_v6 = address.family == netlink::Family::v6});
    return interface;
}

/// Routes of the interface but those that follow from its addresses: first what is on the link, then what
/// needs a gateway that has to be reachable by then.
Result<std::vector<launch::GuestRoute>> read_routes(netlink::Socket& socket, const netlink::Link& link) {
    RDT_TRY(const auto routes, netlink::routes(socket));
    std::vector<launch::GuestRoute> out;
    for (const auto& route : routes) {
        if (route.link != link.index || route.is_of_kernel) continue;
        out.push_back({.destination = route.destination,
                       .gateway = route.gateway,
                       .device = link.name,
                       .source = route.source,
                       .is_v6 = route.family == netlink::Family::v6,
                       .scope = route.scope,
                       .flags = route.flags,
                       .mtu = route.mtu});
    }
    std::ranges::stable_partition(out, [](const auto& route) { return route.gateway.empty(); });
    return out;
}

/// What an interface is to a guest.
Result<Tap> describe(netlink::Socket& socket, const netlink::Link& link) {
    Tap tap;
    RDT_TRY(tap.interface, read_interface(socket, link));
    RDT_TRY(tap.routes, read_routes(socket, link));
    return tap;
}

/// Its tap, up and of its MTU, gets what arrives at the interface, and the other way round.
Status tie(netlink::Socket& socket, const netlink::Link& link) {
    const auto name = tap_name(link.name);
    silence(name);
    RDT_TRY(const auto device, netlink::find_link(socket, name));
    RDT_CHECK(netlink::set_mtu(socket, device.index, link.mtu));
    RDT_CHECK(netlink::set_up(socket, device.index));
    RDT_CHECK(redirect(socket, link.index, device.index));
    return redirect(socket, device.index, link.index);
}

} // namespace

std::string tap_name(const std::string& interface) {
    return "tap_" + interface;
}

Result<Tap> open_tap(const std::string& interface, std::uint32_t queues) {
    RDT_TRY(auto socket, netlink::Socket::open(NETLINK_ROUTE));
    RDT_TRY(const auto link, netlink::find_link(socket, interface));
    RDT_TRY(auto tap, describe(socket, link));
    if (queues == 0) return tap;
    RDT_TRY(tap.queues, open_queues(tap_name(interface), queues));
    RDT_CHECK(tie(socket, link));
    return tap;
}

Result<Tap> open_device(const std::string& interface, std::uint32_t queues) {
    const auto name = tap_name(interface);
    Tap tap;
    tap.interface.name = interface;
    RDT_TRY(tap.queues, open_queues(name, queues));
    silence(name);
    return tap;
}

Result<Tap> tie_tap(const std::string& interface) {
    RDT_TRY(auto socket, netlink::Socket::open(NETLINK_ROUTE));
    RDT_TRY(const auto link, netlink::find_link(socket, interface));
    RDT_TRY(auto tap, describe(socket, link));
    RDT_CHECK(tie(socket, link));
    return tap;
}

} // namespace redoubt::node::network::cni

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/netlink/links.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <format>

#include "common/netlink/mac.hpp"

namespace redoubt::netlink {
namespace {

Result<Link> read_link(const Socket::Reply& reply) {
    RDT_TRY(const auto parts, read_payload<ifinfomsg>(reply.payload));
    const auto& [header, attributes] = parts;
    Link link{.index = header.ifi_index,
              .name = attributes.text(IFLA_IFNAME),
              .mac = render_mac(attributes.bytes(IFLA_ADDRESS)),
              .kind = {},
              .mtu = attributes.number(IFLA_MTU),
              .flags = header.ifi_flags,
              .master = static_cast<int>(attributes.number(IFLA_MASTER))};
    if (attributes.has(IFLA_LINKINFO)) {
        RDT_TRY(const auto info, attributes.nested(IFLA_LINKINFO));
        link.kind = info.text(IFLA_INFO_KIND);
    }
    return link;
}

Request link_request(std::uint16_t type, int link, std::uint32_t flags = 0, std::uint32_t mask = 0) {
    Request request(type, NLM_F_ACK);
    ifinfomsg header{};
    header.ifi_index = link;
    header.ifi_flags = flags;
    header.ifi_change = mask;
    request.fixed(header);
    return request;
}

} // namespace

Result<std::vector<Link>> links(Socket& socket) {
    Request request(RTM_GETLINK, NLM_F_DUMP);
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

Status set_flags(Socket& socket, int link, std::uint32_t flags, std::uint32_t mask) {
    return socket.change(link_request(RTM_NEWLINK, link, flags, mask))
        .transform_error(context("set flags {:#x} of interface {}", flags & mask, link));
}

Status set_up(Socket& socket, int link) {
    return socket.change(link_request(RTM_NEWLINK, link, IFF_UP, IFF_UP))
        .transform_error(context("bring interface {} up", link));
}

Status set_mtu(Socket& socket, int link, std::uint32_t mtu) {
    auto request = link_request(RTM_NEWLINK, link);
    request.put_value(IFLA_MTU, mtu);
    return socket.change(request).transform_error(context("set the MTU of interface {} to {}", link, mtu));
}

Status set_mac(Socket& socket, int link, const std::string& mac) {
    RDT_TRY(const auto bytes, parse_mac(mac));
    auto request = link_request(RTM_NEWLINK, link);
    request.put(IFLA_ADDRESS, bytes);
    return socket.change(request).transform_error(context("set the MAC of interface {} to {}", link, mac));
}

Status rename(Socket& socket, int link, const std::string& name) {
    auto request = link_request(RTM_NEWLINK, link);
    request.put_text(IFLA_IFNAME, name);
    return socket.change(request).transform_error(context("rename interface {} to {}", link, name));
}

Status delete_link(Socket& socket, int link) {
    return socket.change(link_request(RTM_DELLINK, link)).transform_error([link](const Error& error) {
        return Error{error.message.contains("No such device") ? Code::not_found : error.code,
                     std::format("delete interface {}: {}", link, error.message)};
    });
}

} // namespace redoubt::netlink

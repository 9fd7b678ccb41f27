// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/put_back.hpp"

#include <linux/netlink.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "common/netlink/addresses.hpp"
#include "common/netlink/links.hpp"
#include "node-daemon/network/cni/namespaces.hpp"
#include "node-daemon/network/cni/result.hpp"

namespace redoubt::node::network::cni {
namespace {

/// "10.0.0.2/16"
std::optional<netlink::Address> read_address(const std::string& text, int link) {
    const auto slash = text.find('/');
    if (slash == std::string::npos) return std::nullopt;
    netlink::Address address{.link = link,
                             .family = text.contains(':') ? netlink::Family::v6 : netlink::Family::v4,
                             .address = text.substr(0, slash)};
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + slash + 1, end, address.prefix);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return address;
}

bool is_there(const std::vector<netlink::Address>& known, const netlink::Address& wanted) {
    return std::ranges::any_of(known, [&wanted](const netlink::Address& one) {
        return one.link == wanted.link && one.address == wanted.address;
    });
}

/// In the namespace of the interface.
Status put_back(const std::string& interface, const std::vector<std::string>& wanted) {
    RDT_TRY(auto socket, netlink::Socket::open(NETLINK_ROUTE));
    const auto link = netlink::find_link(socket, interface);
    if (!link) return link.error().code == Code::not_found ? Status{} : std::unexpected(link.error());
    RDT_TRY(const auto known, netlink::addresses(socket));
    for (const auto& text : wanted)
        if (const auto address = read_address(text, link->index); address && !is_there(known, *address))
            RDT_CHECK(netlink::add_address(socket, *address).transform_error(context("address {}", text)));
    return {};
}

} // namespace

Status put_addresses_back(const ChainTarget& target, const boost::json::object& result) {
    RDT_TRY(const auto parsed, parse_result(boost::json::serialize(result)));
    std::vector<std::string> wanted;
    for (const auto& address : parsed.addresses) {
        const auto index = static_cast<std::size_t>(std::max(address.interface, 0));
        const bool is_elsewhere = address.interface >= 0 && index < parsed.interfaces.size() &&
                                  parsed.interfaces[index].name != target.interface;
        if (!is_elsewhere) wanted.push_back(address.address);
    }
    if (wanted.empty()) return {};
    return run_inside(target.network_namespace, [&] { return put_back(target.interface, wanted); });
}

} // namespace redoubt::node::network::cni

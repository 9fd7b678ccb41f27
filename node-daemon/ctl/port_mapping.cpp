// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/port_mapping.hpp"

#include <charconv>
#include <string_view>

namespace redoubt::ctl {
namespace {

Result<std::uint32_t> parse_port(std::string_view text) {
    std::uint32_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535)
        return fail(Code::invalid_argument, "'{}' is not a port from 1 to 65535", text);
    return port;
}

/// Takes the address off the front; what stays is HOSTPORT:CONTAINERPORT.
Result<std::string> take_address(std::string_view& text) {
    if (text.starts_with('[')) {
        const auto end = text.find("]:");
        if (end == std::string_view::npos) return fail(Code::invalid_argument, "']:' is missing");
        std::string address(text.substr(1, end - 1));
        text.remove_prefix(end + 2);
        return address;
    }
    const auto first = text.find(':');
    if (first == text.rfind(':')) return std::string(); // one colon at most: no address
    std::string address(text.substr(0, first));
    text.remove_prefix(first + 1);
    return address;
}

Result<redoubt::node::v1::PortMapping> parse(std::string_view text) {
    redoubt::node::v1::PortMapping mapping;
    mapping.set_protocol("tcp");
    if (const auto slash = text.rfind('/'); slash != std::string_view::npos) {
        const auto protocol = text.substr(slash + 1);
        if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
            return fail(Code::invalid_argument, "protocol '{}' is not tcp, udp or sctp", protocol);
        mapping.set_protocol(std::string(protocol));
        text = text.substr(0, slash);
    }
    RDT_TRY(auto address, take_address(text));
    mapping.set_host_ip(std::move(address));
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
        return fail(Code::invalid_argument, "not [IP:]HOSTPORT:CONTAINERPORT[/PROTOCOL]");
    RDT_TRY(const auto host, parse_port(text.substr(0, colon)));
    RDT_TRY(const auto container, parse_port(text.substr(colon + 1)));
    mapping.set_host_port(host);
    mapping.set_container_port(container);
    return mapping;
}

} // namespace

Result<redoubt::node::v1::PortMapping> parse_port_mapping(const std::string& text) {
    return parse(text).transform_error(context("--publish '{}'", text));
}

} // namespace redoubt::ctl

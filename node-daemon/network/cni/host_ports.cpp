// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/host_ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "common/base/unique_fd.hpp"

namespace redoubt::node::network::cni {
namespace {

struct Transport {
    int type = SOCK_STREAM;
    int protocol = IPPROTO_TCP;
};

Transport transport_of(const std::string& protocol) {
    if (protocol == "udp") return {SOCK_DGRAM, IPPROTO_UDP};
    if (protocol == "sctp") return {SOCK_STREAM, IPPROTO_SCTP};
    return {};
}

/// Only one who could take the port knows that nobody has it. Anything else that stands in the way, such as
/// an address that this host does not have yet, is no answer.
bool is_taken(const Transport& transport, const sockaddr* address, socklen_t size) {
    const UniqueFd socket(::socket(address->sa_family, transport.type | SOCK_CLOEXEC, transport.protocol));
    if (!socket) return false; // a kernel without that protocol
    const int on = 1;
    if (address->sa_family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    // Connections that have ended do not count; with datagrams it would let two have one port.
    if (transport.type == SOCK_STREAM) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return ::bind(socket.get(), address, size) != 0 && errno == EADDRINUSE;
}

bool is_taken_v4(const launch::PortMapping& port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port.host_port);
    if (!port.host_ip.empty() && ::inet_pton(AF_INET, port.host_ip.c_str(), &address.sin_addr) != 1)
        return false;
    return is_taken(transport_of(port.protocol), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

bool is_taken_v6(const launch::PortMapping& port) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port.host_port);
    if (!port.host_ip.empty() && ::inet_pton(AF_INET6, port.host_ip.c_str(), &address.sin6_addr) != 1)
        return false;
    return is_taken(transport_of(port.protocol), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

} // namespace

Status check_host_ports(const std::vector<launch::PortMapping>& ports) {
    for (const auto& port : ports)
        if (is_taken_v4(port) || is_taken_v6(port))
            return fail(Code::already_exists, "port {}/{} of this host is in use by another program",
                        port.host_port, port.protocol);
    return {};
}

} // namespace redoubt::node::network::cni

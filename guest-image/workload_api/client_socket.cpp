// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/workload_api/client_socket.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace redoubt::guest::workload_api {
namespace {

/// A client that waits for its answer, or has said that it will send no more.
constexpr std::array<int, 3> k_alive = {TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_FIN_WAIT2};

inet_diag_sockid id_of(const LoopbackPair& pair) {
    inet_diag_sockid id{};
    id.idiag_sport = htons(pair.client);
    id.idiag_dport = htons(pair.server);
    id.idiag_src[0] = htonl(INADDR_LOOPBACK);
    id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
    std::ranges::fill(id.idiag_cookie, INET_DIAG_NOCOOKIE);
    return id;
}

/// Whether an address of the kernel's is 127.0.0.1, or that as a socket of IPv6 has it, ::ffff:127.0.0.1.
bool is_loopback(std::uint8_t family, std::span<const std::uint32_t, 4> address) {
    const auto loopback = htonl(INADDR_LOOPBACK);
    if (family == AF_INET) return address[0] == loopback;
    return family == AF_INET6 && address[0] == 0 && address[1] == 0 && address[2] == htonl(0xffff) &&
           address[3] == loopback;
}

bool is_between(const inet_diag_msg& found, const LoopbackPair& pair) {
    return found.id.idiag_sport == htons(pair.client) && found.id.idiag_dport == htons(pair.server) &&
           is_loopback(found.idiag_family, found.id.idiag_src) &&
           is_loopback(found.idiag_family, found.id.idiag_dst);
}

} // namespace

netlink::Request client_request(const LoopbackPair& pair) {
    inet_diag_req_v2 question{};
    question.sdiag_family = AF_INET;
    question.sdiag_protocol = IPPROTO_TCP;
    question.idiag_states = ~0U;
    question.id = id_of(pair);
    netlink::Request request(SOCK_DIAG_BY_FAMILY, 0);
    request.fixed(question);
    return request;
}

Result<std::uint64_t> read_client(const LoopbackPair& pair, std::string_view answer) {
    RDT_TRY(const auto parts, netlink::read_payload<inet_diag_msg>(answer));
    const auto& [head, attributes] = parts;
    // Where no connection is found the kernel goes on to who listens at the client's port.
    if (!is_between(head, pair) || !std::ranges::contains(k_alive, static_cast<int>(head.idiag_state)))
        return fail(Code::permission_denied, "the connection's other end is not of this guest, or has ended");
    const auto bytes = attributes.bytes(INET_DIAG_CGROUP_ID);
    std::uint64_t group = 0;
    if (bytes.size() != sizeof group)
        return fail(Code::permission_denied, "the kernel does not say whose the connection is");
    std::memcpy(&group, bytes.data(), sizeof group);
    return group;
}

Result<std::uint64_t> cgroup_of_client(netlink::Socket& kernel, const LoopbackPair& pair) {
    const auto replies = kernel.ask(client_request(pair));
    if (!replies && replies.error().code == Code::not_found)
        return fail(Code::permission_denied, "the connection's other end is not of this guest, or has ended");
    if (!replies) return std::unexpected(replies.error().within("whose the connection is"));
    if (replies->size() != 1)
        return fail(Code::permission_denied, "the kernel does not say whose the connection is");
    return read_client(pair, replies->front().payload);
}

} // namespace redoubt::guest::workload_api

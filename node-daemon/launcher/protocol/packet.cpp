// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/protocol/packet.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "node-daemon/launcher/protocol/messages.hpp"

namespace redoubt::node::launcher {
namespace {

// One more than may come, so that too many are told from enough.
constexpr std::size_t k_room = CMSG_SPACE(sizeof(int) * (k_most_descriptors + 1));

struct Control {
    alignas(cmsghdr) std::array<char, k_room> bytes{};
};

std::vector<UniqueFd> take_descriptors(msghdr& message) {
    std::vector<UniqueFd> taken;
    for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const auto count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            taken.emplace_back(fd);
        }
    }
    return taken;
}

} // namespace

std::vector<int> numbers_of(const std::vector<UniqueFd>& descriptors) {
    std::vector<int> numbers;
    numbers.reserve(descriptors.size());
    for (const auto& fd : descriptors) numbers.push_back(fd.get());
    return numbers;
}

Status send_packet(int socket, std::string_view bytes, const std::vector<int>& descriptors) {
    if (bytes.size() > k_most_bytes || descriptors.size() > k_most_descriptors)
        return fail(Code::resource_exhausted, "{} bytes with {} descriptors; the most is {} with {}",
                    bytes.size(), descriptors.size(), k_most_bytes, k_most_descriptors);
    Control control;
    iovec part{const_cast<char*>(bytes.data()), bytes.size()}; // sendmsg(2) does not write to it
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control.bytes.data();
        message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
        auto* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
        std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof(int) * descriptors.size());
    }
    ssize_t sent = 0;
    do sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) return {};
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
        return fail(Code::unavailable, "the peer is gone");
    return fail_errno(errno, "send a packet of {} bytes", bytes.size());
}

Result<std::optional<Packet>> receive_packet(int socket) {
    Control control;
    Packet packet;
    packet.bytes.resize(k_most_bytes);
    iovec part{packet.bytes.data(), packet.bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    ssize_t count = 0;
    do count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
    if (count < 0 && errno != ECONNRESET) return fail_errno(errno, "receive a packet");
    if (count <= 0) return fail(Code::unavailable, "the peer is gone");
    packet.descriptors = take_descriptors(message);
    if ((static_cast<unsigned>(message.msg_flags) & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
        packet.descriptors.size() > k_most_descriptors)
        return fail(Code::invalid_argument, "a packet beyond {} bytes and {} descriptors", k_most_bytes,
                    k_most_descriptors);
    packet.bytes.resize(static_cast<std::size_t>(count));
    return std::optional(std::move(packet));
}

} // namespace redoubt::node::launcher

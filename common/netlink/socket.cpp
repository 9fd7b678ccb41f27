// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/netlink/socket.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace redoubt::netlink {
namespace {

constexpr timeval k_patience{.tv_sec = 5, .tv_usec = 0};
constexpr std::size_t k_largest_reply = 1U << 20U;

/// The outcome that an NLMSG_ERROR tells.
Status outcome_of(const Message& message) {
    std::int32_t number = 0;
    if (message.payload.size() < sizeof(nlmsgerr))
        return fail(Code::data_loss, "netlink: an answer is cut short");
    std::memcpy(&number, message.payload.data(), sizeof number);
    if (number == 0) return {};
    std::string words;
    // With NETLINK_CAP_ACK nothing of the request comes back: attributes follow its header.
    if ((message.flags & NLM_F_ACK_TLVS) != 0)
        if (const auto attributes = Attributes::parse(message.payload.substr(sizeof(nlmsgerr))))
            words = attributes->text(NLMSGERR_ATTR_MSG);
    auto error = fail_errno(-number, "kernel");
    if (!words.empty()) error.error().message += " (" + words + ")";
    return error;
}

} // namespace

Result<Socket> Socket::open(int protocol) {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    if (!fd) return fail_errno(errno, "open a netlink socket");
    const int on = 1;
    // Older kernels know neither: answers are then less wordy, or longer.
    ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &k_patience, sizeof k_patience);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &k_patience, sizeof k_patience);
    const sockaddr_nl address{.nl_family = AF_NETLINK, .nl_pad = 0, .nl_pid = 0, .nl_groups = 0};
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail_errno(errno, "bind a netlink socket");
    return Socket(std::move(fd));
}

Status Socket::send(const std::string& bytes) {
    const sockaddr_nl kernel{.nl_family = AF_NETLINK, .nl_pad = 0, .nl_pid = 0, .nl_groups = 0};
    if (::sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&kernel),
                 sizeof kernel) < 0)
        return fail_errno(errno, "netlink: send");
    return {};
}

Result<std::string> Socket::receive() {
    const auto size = ::recv(fd_.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC);
    if (size < 0) return fail_errno(errno, "netlink: receive");
    if (static_cast<std::size_t>(size) > k_largest_reply)
        return fail(Code::resource_exhausted, "netlink: an answer of {} bytes", size);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    const auto count = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0) return fail_errno(errno, "netlink: receive");
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
}

Status Socket::change(const Request& request) {
    return change_together({request});
}

Status Socket::change_together(const std::vector<Request>& requests) {
    std::string bytes;
    std::vector<std::uint32_t> waiting;
    for (const auto& request : requests) {
        bytes += request.finish(++sequence_);
        if ((request.flags() & NLM_F_ACK) != 0) waiting.push_back(sequence_);
    }
    RDT_CHECK(send(bytes));
    while (!waiting.empty()) {
        RDT_TRY(const auto answer, receive());
        RDT_TRY(const auto messages, split_messages(answer));
        for (const auto& message : messages) {
            if (message.type != NLMSG_ERROR) continue;
            RDT_CHECK(outcome_of(message)); // also of a message that asked for no answer: it failed
            std::erase(waiting, message.sequence);
        }
    }
    return {};
}

Result<std::vector<Socket::Reply>> Socket::ask(const Request& request) {
    const auto sequence = ++sequence_;
    RDT_CHECK(send(request.finish(sequence)));
    std::vector<Reply> replies;
    for (;;) {
        RDT_TRY(const auto answer, receive());
        RDT_TRY(const auto messages, split_messages(answer));
        for (const auto& message : messages) {
            if (message.sequence != sequence) continue;
            if (message.type == NLMSG_DONE) return replies;
            if (message.type == NLMSG_ERROR) {
                RDT_CHECK(outcome_of(message));
                return replies;
            }
            replies.push_back({message.type, std::string(message.payload)});
            if ((message.flags & NLM_F_MULTI) == 0) return replies;
        }
    }
}

} // namespace redoubt::netlink

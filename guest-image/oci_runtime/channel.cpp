// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/channel.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace redoubt::guest::oci_runtime {

namespace {

constexpr char k_ready = 'R';
constexpr char k_error = 'E';
constexpr char k_go = 'G';
constexpr std::size_t k_max_message = 4096;

/// One message with at most one descriptor; both sides use it.
bool send_message(int fd, std::string_view bytes, int passed) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{const_cast<char*>(bytes.data()), bytes.size()}; // NOLINT: the kernel only reads it
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (passed >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    ssize_t sent = -1;
    do sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

UniqueFd passed_descriptor(msghdr& message) {
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return {};
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return UniqueFd(fd);
}

/// One message; no bytes are the child's end.
Result<ChildMessage> receive_message(int fd, int flags) {
    ChildMessage received;
    received.bytes.resize(k_max_message);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{received.bytes.data(), received.bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t size = -1;
    do size = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC | flags);
    while (size < 0 && errno == EINTR); // some other child may end meanwhile
    if (size < 0 && errno != ECONNRESET) return fail_errno(errno, "hear from the new process");
    received.bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    received.terminal = passed_descriptor(message);
    return received;
}

Status error_in(const ChildMessage& message) {
    if (message.bytes.size() >= 2 && message.bytes[0] == k_error)
        return std::unexpected(Error{static_cast<Code>(message.bytes[1]), message.bytes.substr(2)});
    return {};
}

Result<UniqueFd> terminal_of_ready(ChildMessage message) {
    RDT_CHECK(error_in(message));
    if (message.bytes.empty() || message.bytes[0] != k_ready)
        return fail(Code::internal, "the new process died while it was set up");
    return std::move(message.terminal);
}

} // namespace

Result<std::pair<UniqueFd, UniqueFd>> make_channel() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail_errno(errno, "make a channel to the new process");
    return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Status ChildChannel::send_ready(int terminal) const {
    if (!send_message(fd_, std::string_view(&k_ready, 1), terminal))
        return fail_errno(errno, "report to the agent");
    return {};
}

void ChildChannel::send_error(const Error& error) const {
    std::string bytes{k_error, static_cast<char>(error.code)};
    bytes += error.message.substr(0, k_max_message - bytes.size());
    send_message(fd_, bytes, -1);
}

bool ChildChannel::wait_for_go() const {
    char answer = 0;
    ssize_t size = -1;
    do size = ::recv(fd_, &answer, 1, 0);
    while (size < 0 && errno == EINTR);
    return size == 1 && answer == k_go;
}

Result<UniqueFd> wait_until_ready(int fd) {
    RDT_TRY(auto message, receive_message(fd, 0));
    return terminal_of_ready(std::move(message));
}

Task<ChildMessage> ParentChannel::receive() {
    auto [error] = co_await stream_.async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
    if (error) co_return fail(Code::cancelled, "wait for the new process: {}", error.message());
    co_return receive_message(stream_.native_handle(), MSG_DONTWAIT);
}

Task<UniqueFd> ParentChannel::await_ready() {
    RDT_CO_TRY(auto message, co_await receive());
    co_return terminal_of_ready(std::move(message));
}

Status ParentChannel::send_go() {
    if (!send_message(stream_.native_handle(), std::string_view(&k_go, 1), -1))
        return fail(Code::failed_precondition, "the process died before it was started");
    return {};
}

Task<void> ParentChannel::await_exec() {
    RDT_CO_TRY(const auto message, co_await receive());
    co_return error_in(message);
}

} // namespace redoubt::guest::oci_runtime

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/terminal_pair.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/base/unix_address.hpp"

namespace redoubt::node::runtime {
namespace {

unsigned short clamp_size(std::uint32_t value) {
    return static_cast<unsigned short>(std::min(value, 0xffffU));
}

} // namespace

Result<TerminalPair> open_terminal(oci::TerminalSize size) {
    TerminalPair pair;
    pair.master = UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!pair.master || ::unlockpt(pair.master.get()) != 0) return fail_errno(errno, "make a terminal");
    pair.slave = UniqueFd(::ioctl(pair.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!pair.slave) return fail_errno(errno, "open a terminal");
    const winsize window{
        .ws_row = clamp_size(size.rows), .ws_col = clamp_size(size.columns), .ws_xpixel = 0, .ws_ypixel = 0};
    if (size.rows != 0 && size.columns != 0 && ::ioctl(pair.master.get(), TIOCSWINSZ, &window) != 0)
        return fail_errno(errno, "size a terminal");
    return pair;
}

Result<ConsoleSocket> ConsoleSocket::listen(const std::filesystem::path& path) {
    RDT_TRY(const auto address, unix_address(path));
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::unlink(path.c_str());
    if (!socket ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || // NOLINT
        ::listen(socket.get(), 1) != 0)
        return fail_errno(errno, "listen on {}", path.native());
    return ConsoleSocket(std::move(socket));
}

Result<UniqueFd> ConsoleSocket::take() const {
    const UniqueFd sender(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!sender) return fail(Code::unavailable, "the runtime has handed over no terminal");
    std::array<char, 256> text{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{.iov_base = text.data(), .iov_len = text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(sender.get(), &message, MSG_CMSG_CLOEXEC) < 0)
        return fail_errno(errno, "receive a terminal");
    const auto* const header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int)))
        return fail(Code::unavailable, "the runtime has handed over no terminal");
    int master = -1;
    std::memcpy(&master, CMSG_DATA(header), sizeof master);
    return UniqueFd(master);
}

} // namespace redoubt::node::runtime

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/host.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "common/base/unique_fd.hpp"

namespace redoubt::ctl {

Result<std::string> socket_path_of(const std::string& host) {
    std::string path = host;
    if (const auto scheme_end = host.find("://"); scheme_end != std::string::npos) {
        if (!host.starts_with("unix://")) {
            return fail(Code::unimplemented, "host '{}': only unix:///PATH is implemented", host);
        }
        path = host.substr(scheme_end + 3);
    } else if (host.starts_with("unix:")) {
        path = host.substr(5);
    }
    if (!path.starts_with("/")) {
        return fail(Code::invalid_argument,
                    "host '{}' is not a URL such as unix:///run/redoubt/redoubtd.sock", host);
    }
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return fail(Code::invalid_argument, "host '{}': a socket's path has at most {} bytes", host,
                    sizeof(sockaddr_un::sun_path) - 1);
    }
    return path;
}

Status check_daemon_listens(const std::string& socket_path) {
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return fail_errno(errno, "open a socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
    const int number = errno;
    if (number == EACCES || number == EPERM) {
        return fail(
            Code::permission_denied,
            "connect to {}: {}\nrun as root, or join the group named by api.socket_group in redoubtd.toml",
            socket_path, text_of_errno(number));
    }
    return fail(Code::unavailable, "connect to {}: {}\nis redoubtd running? systemctl start redoubtd",
                socket_path, text_of_errno(number));
}

} // namespace redoubt::ctl

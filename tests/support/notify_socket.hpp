// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The service manager's end of sd_notify(3): receives what a daemon says, and the descriptors it has kept.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/unique_fd.hpp"

namespace redoubt::node::testing_support {

struct Notification {
    std::string text;
    std::vector<UniqueFd> descriptors;
};

/// While it lives, NOTIFY_SOCKET names it.
class NotifySocket {
  public:
    NotifySocket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        std::string folder = testing::TempDir() + "notify-XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr) std::abort();
        folder_ = folder;
        const auto path = (folder_ / "socket").string();
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        std::memcpy(address.sun_path, path.data(), path.size());
        if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
        ::setenv("NOTIFY_SOCKET", path.c_str(), /*overwrite=*/1);
    }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    ~NotifySocket() {
        ::unsetenv("NOTIFY_SOCKET");
        std::filesystem::remove_all(folder_);
    }

    /// The next message; waits for it.
    Notification receive() {
        std::array<char, 4096> text{};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 8)> control{};
        iovec part{text.data(), text.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const auto size = ::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC);
        Notification received{std::string(text.data(), size < 0 ? 0 : static_cast<std::size_t>(size)), {}};
        for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr;
             header = CMSG_NXTHDR(&message, header)) {
            if (header->cmsg_type != SCM_RIGHTS) continue;
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
            received.descriptors.emplace_back(fd);
        }
        return received;
    }
    /// The next message that begins so; earlier ones are dropped.
    Notification receive(std::string_view beginning) {
        auto received = receive();
        while (!received.text.starts_with(beginning)) received = receive();
        return received;
    }

  private:
    std::filesystem::path folder_;
    UniqueFd fd_;
};

} // namespace redoubt::node::testing_support

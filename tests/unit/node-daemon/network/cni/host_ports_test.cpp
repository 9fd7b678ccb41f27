// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/host_ports.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/unique_fd.hpp"

namespace redoubt::node::network::cni {
namespace {

/// A socket on a free port of 127.0.0.1.
struct Taken {
    explicit Taken(int type) : fd(::socket(AF_INET, type, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
        if (type == SOCK_STREAM) {
            EXPECT_EQ(::listen(fd.get(), 1), 0);
        }
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
    }
    UniqueFd fd;
    std::uint16_t port = 0;
};

launch::PortMapping mapping(std::uint16_t port, const std::string& protocol = "tcp",
                            const std::string& ip = "") {
    return {.host_ip = ip, .host_port = port, .container_port = 80, .protocol = protocol};
}

TEST(HostPorts, OneThatAProgramListensOnIsNotMapped) {
    const Taken taken(SOCK_STREAM);
    const auto refused = check_host_ports({mapping(taken.port)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::already_exists);
    EXPECT_EQ(refused.error().message, std::to_string(taken.port).insert(0, "port ") +
                                           "/tcp of this host is in use by another program");
    EXPECT_FALSE(check_host_ports({mapping(taken.port, "tcp", "127.0.0.1")}));
    EXPECT_TRUE(check_host_ports({mapping(taken.port, "tcp", "127.0.0.2")})) << "another address is free";
}

TEST(HostPorts, TransportsDoNotMix) {
    const Taken taken(SOCK_DGRAM);
    EXPECT_FALSE(check_host_ports({mapping(taken.port, "udp")}));
    EXPECT_TRUE(check_host_ports({mapping(taken.port, "sctp", "127.0.0.1")}));
}

TEST(HostPorts, AnAddressThatThisHostDoesNotHaveIsNotInUse) {
    EXPECT_TRUE(check_host_ports({mapping(80, "tcp", "192.0.2.1"), mapping(80, "tcp", "2001:db8::1")}));
    EXPECT_TRUE(check_host_ports({}));
}

} // namespace
} // namespace redoubt::node::network::cni

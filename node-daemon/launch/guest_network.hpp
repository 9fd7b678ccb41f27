// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a sandbox's network is made of: the vocabulary of the network, the agent and the sandbox's story.
/// Values only.

#include <cstdint>
#include <string>
#include <vector>

namespace redoubt::node::launch {

/// A port of the host that leads to one of the container.
struct PortMapping {
    std::string host_ip; ///< empty: every address of the host
    std::uint16_t host_port = 0;
    std::uint16_t container_port = 0;
    std::string protocol = "tcp"; ///< tcp, udp or sctp
    bool operator==(const PortMapping&) const = default;
};

struct GuestAddress {
    std::string address; ///< "10.0.0.2", "fd00::2"
    unsigned prefix = 0;
    bool is_v6 = false;
    bool operator==(const GuestAddress&) const = default;
};

/// An interface as the guest is to have it; the guest knows it by its MAC.
struct GuestInterface {
    std::string name; ///< "eth0"
    std::string mac;  ///< "02:00:00:00:00:01"
    std::uint32_t mtu = 0;
    std::vector<GuestAddress> addresses;
    bool operator==(const GuestInterface&) const = default;
};

struct GuestRoute {
    std::string destination; ///< "10.0.0.0/8"; empty: everywhere
    std::string gateway;     ///< empty: on the link
    std::string device;      ///< the interface's name
    std::string source;      ///< empty: the kernel's choice
    bool is_v6 = false;
    std::uint32_t scope = 0; ///< RT_SCOPE_* of Linux
    std::uint32_t flags = 0; ///< RTNH_F_* of Linux
    std::uint32_t mtu = 0;   ///< 0: the interface's
    bool operator==(const GuestRoute&) const = default;
};

/// Most bits a second; 0: no limit.
struct Bandwidth {
    std::uint64_t ingress = 0; ///< to the container
    std::uint64_t egress = 0;
    bool operator==(const Bandwidth&) const = default;
    [[nodiscard]] bool is_limited() const { return ingress != 0 || egress != 0; }
};

} // namespace redoubt::node::launch

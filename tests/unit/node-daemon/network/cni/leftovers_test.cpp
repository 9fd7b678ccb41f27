// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/leftovers.hpp"

#include <gtest/gtest.h>

#include "node-daemon/network/cni/resolver.hpp"

namespace redoubt::node::network::cni {
namespace {

const std::vector<FilterChain> k_nat{{.name = "PREROUTING", .is_base = true},
                                     {.name = "POSTROUTING", .is_base = true},
                                     {.name = "CNI-HOSTPORT-DNAT"},
                                     {.name = "CNI-HOSTPORT-MASQ"}};

TEST(Scaffolding, IsWhatThePluginsKeepForLater) {
    EXPECT_TRUE(is_scaffolding(k_nat, {{"PREROUTING", "CNI-HOSTPORT-DNAT"},
                                       {"POSTROUTING", "CNI-HOSTPORT-MASQ"},
                                       {"CNI-HOSTPORT-MASQ", ""}}));
    EXPECT_TRUE(is_scaffolding({{.name = "POSTROUTING", .is_base = true}}, {}));
    EXPECT_TRUE(
        is_scaffolding({{.name = "FORWARD", .is_base = true}, {.name = "CNI-FORWARD"}, {.name = "CNI-ADMIN"}},
                       {{"FORWARD", "CNI-FORWARD"}, {"CNI-FORWARD", "CNI-ADMIN"}}));
}

TEST(Scaffolding, IsNotATableThatAnybodyElseUses) {
    EXPECT_FALSE(is_scaffolding(k_nat, {{"PREROUTING", ""}})) << "somebody's rule";
    EXPECT_FALSE(is_scaffolding(k_nat, {{"PREROUTING", "DOCKER"}}));
    EXPECT_FALSE(is_scaffolding(k_nat, {{"CNI-HOSTPORT-DNAT", "CNI-DN-1"}})) << "a port is mapped";
    EXPECT_FALSE(is_scaffolding({{.name = "FORWARD", .is_base = true, .accepts_by_default = false}}, {}));
    EXPECT_FALSE(is_scaffolding({{.name = "DOCKER"}}, {}));
    EXPECT_FALSE(is_scaffolding({{.name = "CNI-ADMIN"}}, {{"CNI-ADMIN", ""}})) << "the administrator's rule";
    EXPECT_FALSE(is_scaffolding({{.name = "CNI-FORWARD"}}, {{"CNI-FORWARD", ""}}));
}

TEST(HostResolver, KeepsWhatAContainerCanUse) {
    EXPECT_EQ(parse_resolver("# comment\nnameserver 127.0.0.53\nnameserver 192.0.2.1 # ours\nnameserver ::1\n"
                             "nameserver fe80::1%eth0\nnameserver 2001:db8::1\nsearch\ta b\noptions "
                             "edns0\nsortlist x\nnameserver x\n"),
              (std::vector<std::string>{"nameserver 192.0.2.1", "nameserver 2001:db8::1", "search a b",
                                        "options edns0"}));
    EXPECT_TRUE(parse_resolver("").empty());
}

} // namespace
} // namespace redoubt::node::network::cni

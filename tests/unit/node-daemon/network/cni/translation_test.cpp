// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/translation.hpp"

#include <gtest/gtest.h>
#include <linux/netfilter.h>

namespace redoubt::node::network::cni {
namespace {

const FilterChain k_forward{.name = "FORWARD", .is_base = true, .is_of_forwarding = true};

TEST(FiltersForwarding, IsWhatMayDropAForwardedPacket) {
    auto dropping = k_forward;
    dropping.accepts_by_default = false;
    EXPECT_TRUE(filters_forwarding({.chains = {dropping}, .rules = {}}));
    EXPECT_TRUE(filters_forwarding({.chains = {k_forward}, .rules = {{"FORWARD", ""}}})) << "somebody's rule";
    EXPECT_TRUE(filters_forwarding({.chains = {k_forward}, .rules = {{"FORWARD", "DOCKER-USER"}}}));
}

TEST(FiltersForwarding, IsNotWhatPluginsKeepAndNotWhatIsForOthers) {
    EXPECT_FALSE(filters_forwarding({.chains = {k_forward}, .rules = {}}));
    EXPECT_FALSE(filters_forwarding({.chains = {k_forward, {.name = "CNI-FORWARD"}},
                                     .rules = {{"FORWARD", "CNI-FORWARD"}, {"CNI-FORWARD", ""}}}));
    const FilterChain input{.name = "input", .is_base = true, .accepts_by_default = false};
    EXPECT_FALSE(filters_forwarding({.chains = {input, k_forward}, .rules = {{"input", ""}}}));
}

TEST(TranslateTo, IsATableMadeAnewOrNone) {
    EXPECT_EQ(translate_to(NFPROTO_IPV4, {}).size(), 2U) << "made and deleted";
    const auto one = parse_subnet("10.99.0.0/24").value();
    const auto other = parse_subnet("10.98.0.0/15").value();
    EXPECT_EQ(translate_to(NFPROTO_IPV4, {one, other}).size(), 6U) << "and made with a chain and two rules";
}

} // namespace
} // namespace redoubt::node::network::cni

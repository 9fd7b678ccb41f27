// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/redirect.hpp"

#include <gtest/gtest.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>

namespace redoubt::node::network::cni {
namespace {

struct Decoded {
    tcmsg header{};
    netlink::Attributes attributes;
};

/// The attributes borrow `bytes`.
Decoded decode(const std::string& bytes) {
    const auto messages = netlink::split_messages(bytes).value();
    auto [header, attributes] = netlink::read_payload<tcmsg>(messages.front().payload).value();
    return {header, std::move(attributes)};
}

TEST(IngressQueue, HasTheKernelsFixedHandle) {
    const auto bytes = make_ingress_request(7).finish(1);
    EXPECT_EQ(netlink::split_messages(bytes)->front().type, RTM_NEWQDISC);
    const auto request = decode(bytes);
    EXPECT_EQ(request.header.tcm_ifindex, 7);
    EXPECT_EQ(request.header.tcm_handle, 0xffff0000U);
    EXPECT_EQ(request.header.tcm_parent, TC_H_INGRESS);
    EXPECT_EQ(request.attributes.text(TCA_KIND), "ingress");
}

TEST(Redirection, MatchesEverythingAndStealsItForTheOtherLink) {
    const auto bytes = make_redirect_request(3, 9).finish(1);
    EXPECT_EQ(netlink::split_messages(bytes)->front().type, RTM_NEWTFILTER);
    const auto request = decode(bytes);
    EXPECT_EQ(request.header.tcm_ifindex, 3);
    EXPECT_EQ(request.attributes.text(TCA_KIND), "u32");
    const auto options = request.attributes.nested(TCA_OPTIONS).value();
    const auto selector = options.bytes(TCA_U32_SEL);
    ASSERT_EQ(selector.size(), sizeof(tc_u32_sel) + sizeof(tc_u32_key));
    EXPECT_EQ(selector.substr(sizeof(tc_u32_sel)), std::string(sizeof(tc_u32_key), '\0'))
        << "a mask of nothing";
    const auto action = options.nested(TCA_U32_ACT)->nested(1).value();
    EXPECT_EQ(action.text(TCA_ACT_KIND), "mirred");
    const auto parameters = action.nested(TCA_ACT_OPTIONS)->bytes(2 /* TCA_MIRRED_PARMS */);
    ASSERT_EQ(parameters.size(), 28U); // struct tc_mirred
    EXPECT_EQ(parameters[parameters.size() - 4], 9) << "the other link's index is the last member";
}

} // namespace
} // namespace redoubt::node::network::cni

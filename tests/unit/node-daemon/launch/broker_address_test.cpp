// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/broker_address.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::launch {
namespace {

TEST(BrokerAddress, IsAHostAndAPort) {
    const auto name = BrokerAddress::parse("broker.example:8443").value();
    EXPECT_EQ(name.host, "broker.example");
    EXPECT_EQ(name.port, "8443");
    EXPECT_EQ(name.str(), "broker.example:8443");
    const auto v6 = BrokerAddress::parse("[fd00::1]:443").value();
    EXPECT_EQ(v6.host, "fd00::1");
    EXPECT_EQ(v6.str(), "[fd00::1]:443");
    EXPECT_EQ(BrokerAddress().str(), "");
}

TEST(BrokerAddress, IsRefusedOtherwise) {
    for (const auto* text : {"", "broker", ":8443", "broker:", "broker:0", "broker:65536", "broker:https",
                             "fd00::1:443", "https://broker:8443", "a@b:1", "[broker]:1", "[]:1"})
        EXPECT_EQ(BrokerAddress::parse(text).error().code, Code::invalid_argument) << text;
}

} // namespace
} // namespace redoubt::node::launch

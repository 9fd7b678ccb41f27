// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/channel.hpp"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

namespace redoubt::gui {
namespace {

TEST(Channel, IsMadeForASocketWithoutSendingAnything) {
    EXPECT_TRUE(open_channel({.name = "here",
                              .address = "unix:/nowhere.sock",
                              .certificate = {},
                              .key = {},
                              .node_fingerprint = {}}));
}

TEST(Channel, RefusesAProfileThatLacksSomething) {
    const auto channel = open_channel(
        {.name = "", .address = "unix:/nowhere.sock", .certificate = {}, .key = {}, .node_fingerprint = {}});
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().code, Code::invalid_argument);
}

TEST(Channel, SaysThatNodesElsewhereAreNotImplemented) {
    const auto channel = open_channel({.name = "there",
                                       .address = "node.example:7443",
                                       .certificate = "c.pem",
                                       .key = "k.pem",
                                       .node_fingerprint = std::string(64, 'a')});
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().code, Code::unimplemented);
    EXPECT_EQ(channel.error().message, "connect to node.example:7443: nodes elsewhere are not implemented");
}

} // namespace
} // namespace redoubt::gui

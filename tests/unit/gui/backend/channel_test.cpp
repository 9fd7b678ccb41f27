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

TEST(Channel, NamesTheFileOfOursThatIsMissing) {
    const auto channel = open_channel({.name = "there",
                                       .address = "127.0.0.1:1",
                                       .certificate = "/nowhere/c.pem",
                                       .key = "/nowhere/k.pem",
                                       .node_fingerprint = std::string(64, 'a')});
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().code, Code::not_found);
    EXPECT_TRUE(channel.error().message.starts_with("the client's certificate: "));
    EXPECT_TRUE(channel.error().message.contains("/nowhere/c.pem"));
}

} // namespace
} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/settings.hpp"

#include <gtest/gtest.h>

namespace redoubt::agent_policy {
namespace {

std::string error_of(std::string_view text) {
    const auto settings = read_settings(text);
    return settings ? "" : settings.error().message;
}

TEST(Settings, AreTheBuiltInOnesWithoutAFile) {
    const auto settings = read_settings("");
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->root()["root"]["kind"].string().value(), "guest_pull");
}

TEST(Settings, MergeObjectsAndReplaceTheRest) {
    const auto settings =
        read_settings(R"({"root": {"kind": "layers"}, "allow": ["X"], "sysctls": {"a.b": "1"}})");
    ASSERT_TRUE(settings) << settings.error().message;
    const auto root = settings->root();
    EXPECT_EQ(root["root"]["kind"].string().value(), "layers");
    EXPECT_FALSE(root["root"]["path_like"].string().value().empty());
    EXPECT_EQ(root["allow"].strings().value(), std::vector<std::string>{"X"});
    EXPECT_EQ(root["sysctls"].string_map().value().size(), 3U);
}

TEST(Settings, OfANodeOfOursLieBelowTheCallers) {
    const auto settings = read_settings(R"({"env_like": ["^A="]})", NodeKind::redoubt);
    ASSERT_TRUE(settings) << settings.error().message;
    const auto root = settings->root();
    EXPECT_TRUE(root["users_by_name"].boolean().value());
    EXPECT_EQ(root["env_like"].strings().value(), std::vector<std::string>{"^A="});
    EXPECT_FALSE(read_settings("")->root()["users_by_name"].boolean().value());
}

TEST(Settings, RefuseWhatIsNotKnownOrOfAnotherType) {
    EXPECT_EQ(error_of(R"({"rot": {}})"), "settings.rot: not known");
    EXPECT_EQ(error_of(R"({"block": {"drivers": "blk"}})"), "settings.block.drivers: not an array");
    EXPECT_EQ(error_of(R"({"sysctls": {"a": 1}})"), "settings.sysctls.a: not a string");
    EXPECT_EQ(error_of(R"({"version": 2})"), "settings.version: only version 1 is known");
}

} // namespace
} // namespace redoubt::agent_policy

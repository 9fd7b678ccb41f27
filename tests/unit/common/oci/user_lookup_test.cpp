// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/user_lookup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redoubt::oci {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view k_passwd = "root:x:0:0:root:/root:/bin/sh\n"
                                      "broken line\n"
                                      "web:x:101:102:web:/srv:/bin/sh\n"
                                      "nohome:x:7:7:::/bin/sh\n"
                                      "huge:x:99999999999:1::/:/bin/sh\n";
constexpr std::string_view k_group = "root:x:0:\n"
                                     "web:x:102:\n"
                                     "extra:x:200:other,web\n"
                                     "adm:x:4:web\n";

oci::User user(std::string name) {
    return {.username = std::move(name)};
}

TEST(UserLookup, TakesNumbersAsTheyAre) {
    const auto resolved = resolve_user({.uid = 101, .gid = 5, .additional_gids = {9}}, k_passwd, k_group);
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->uid, 101U);
    EXPECT_EQ(resolved->gid, 5U);
    EXPECT_THAT(resolved->additional_gids, ElementsAre(9));
    EXPECT_EQ(resolved->home, "/srv");
}

TEST(UserLookup, FindsANameItsGroupAndItsMemberships) {
    const auto resolved = resolve_user(user("web"), k_passwd, k_group);
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->uid, 101U);
    EXPECT_EQ(resolved->gid, 102U);
    EXPECT_THAT(resolved->additional_gids, ElementsAre(200, 4));
}

TEST(UserLookup, AnExplicitGroupReplacesTheMemberships) {
    const auto resolved = resolve_user(user("web:adm"), k_passwd, k_group);
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->gid, 4U);
    EXPECT_THAT(resolved->additional_gids, IsEmpty());
}

TEST(UserLookup, ANumberWithoutEntryIsAUserAllTheSame) {
    const auto resolved = resolve_user(user("1234:77"), k_passwd, k_group);
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->uid, 1234U);
    EXPECT_EQ(resolved->gid, 77U);
    EXPECT_EQ(resolved->home, "/");
}

TEST(UserLookup, ANumberWithEntryGetsItsGroup) {
    const auto resolved = resolve_user(user("101"), k_passwd, k_group);
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->gid, 102U);
}

TEST(UserLookup, SaysWhichUserIsUnknown) {
    const auto resolved = resolve_user(user("nobody"), k_passwd, k_group);
    ASSERT_FALSE(resolved);
    EXPECT_EQ(resolved.error().code, Code::invalid_argument);
    EXPECT_EQ(resolved.error().message, "unable to find user nobody: no matching entries in passwd file");
}

TEST(UserLookup, SaysWhichGroupIsUnknown) {
    const auto resolved = resolve_user(user("web:nogroup"), k_passwd, k_group);
    ASSERT_FALSE(resolved);
    EXPECT_EQ(resolved.error().message, "unable to find group nogroup: no matching entries in group file");
}

TEST(UserLookup, RefusesTheNumberThatMeansLeaveAsItIs) {
    EXPECT_FALSE(resolve_user(user("4294967295"), k_passwd, k_group));
    EXPECT_FALSE(resolve_user(user("huge"), k_passwd, k_group));
}

TEST(UserLookup, AnImageWithoutFilesHasOnlyNumbers) {
    const auto resolved = resolve_user(user("0:0"), "", "");
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->home, "/");
    EXPECT_FALSE(resolve_user(user("root"), "", ""));
}

} // namespace
} // namespace redoubt::oci

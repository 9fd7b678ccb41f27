// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <format>

#include "common/agent_policy/process_user.hpp"

namespace redoubt::agent_policy {
namespace {

std::string user_of(const UserWish& wish, const Workload& pod, const std::string& word) {
    ImageFacts image;
    image.config.user = word;
    image.passwd = "root:x:0:0:root:/root:/bin/sh\nweb:x:33:44:web:/:/bin/false\n";
    image.group = "root:x:0:\nwheel:x:10:root,web\nstaff:x:50:\n";
    const auto user = resolve_process_user(wish, pod, image);
    if (!user) return user.error().message;
    auto out = std::format("{}:{}", user->uid, user->gid);
    for (const auto gid : user->additional_gids) out += std::format(",{}", gid);
    return out;
}

TEST(ProcessUser, IsTheContainersWishThenThePodsThenTheImages) {
    EXPECT_EQ(user_of({.uid = 5, .gid = 6}, {.user = {.uid = 7, .gid = 8}}, "web"), "5:6,6");
    EXPECT_EQ(user_of({}, {.user = {.uid = 7, .gid = 8}}, "web"), "7:8,8");
    EXPECT_EQ(user_of({}, {}, "web"), "33:44,10,44");
    EXPECT_EQ(user_of({}, {}, "33"), "33:44,10,44");
    EXPECT_EQ(user_of({}, {}, "web:staff"), "33:50,10,50");
    EXPECT_EQ(user_of({}, {}, "99"), "99:0,0");
    EXPECT_EQ(user_of({}, {}, ""), "0:0,0,10");
}

TEST(ProcessUser, HasTheGroupsOfThePod) {
    EXPECT_EQ(user_of({.uid = 33}, {.supplemental_groups = {70}, .fs_group = 80}, ""), "33:44,10,44,70,80");
    EXPECT_EQ(user_of({.uid = 33}, {.supplemental_groups = {70}, .only_named_groups = true}, ""),
              "33:44,44,70");
}

TEST(ProcessUser, IsNotGuessed) {
    EXPECT_EQ(user_of({}, {}, "nobody"), "its image runs as 'nobody', which its /etc/passwd does not have");
    EXPECT_EQ(user_of({}, {}, "web:nobody"),
              "its image runs as group 'nobody', which its /etc/group does not have");
    ImageFacts image;
    image.config.user = "web";
    EXPECT_EQ(resolve_process_user({}, {}, image).error().message,
              "its image runs as 'web', which needs its /etc/passwd");
}

} // namespace
} // namespace redoubt::agent_policy

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/containers/process_list.hpp"

#include <gtest/gtest.h>

namespace redoubt::containers {
namespace {

TEST(ProcessList, ReadsWhatTheKernelSays) {
    const ProcessTexts texts{
        .stat = "17 (a) b (c) S 5 17 17 34816 17 0 0 0 0 0 150 50 0 0 20 -5 3 0 1000 4096 2 0 0 0",
        .status = "Name:\ta) b (c\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nNSpid:\t17\t4\nNSpgid:\t17\t4\n",
        .command = std::string("sh\0-c\0\xff\0", 8)};
    const ProcessUnits units{.uptime_ns = 12'000'000'000, .pid_level = 1};
    const auto process = parse_process(texts, units);
    ASSERT_TRUE(process);
    EXPECT_EQ(process->outer_pid, 17);
    EXPECT_EQ(process->pid, 4);
    EXPECT_EQ(process->name, "a) b (c");
    EXPECT_EQ(process->uid, 2U);
    EXPECT_EQ(process->gid, 6U);
    EXPECT_EQ(process->terminal, "pts/0");
    EXPECT_EQ(process->cpu_time_ns, 2'000'000'000U);
    EXPECT_EQ(process->elapsed_ns, 2'000'000'000U);
    EXPECT_EQ(process->resident_bytes, 8192U);
    EXPECT_EQ(process->nice, -5);
    EXPECT_EQ(process->threads, 3U);
    EXPECT_EQ(process->command, (std::vector<std::string>{"sh", "-c", "\xff"}));
    EXPECT_FALSE(parse_process({.stat = "17 (x) S", .status = texts.status}, units));
    EXPECT_FALSE(parse_process({.stat = "", .status = ""}, units));
    EXPECT_FALSE(parse_process(texts, {.pid_level = 2})) << "the container does not see it";
}

TEST(ProcessList, KnowsUsersByName) {
    const auto names =
        user_names("root:x:0:0::/:/bin/sh\nbroken\n:::\nweb:x:101:1:::\ntwin:x:101:1:::\nbad:x:1z:\n");
    EXPECT_EQ(names.size(), 2U);
    EXPECT_EQ(names.at(101), "web");
}

} // namespace
} // namespace redoubt::containers

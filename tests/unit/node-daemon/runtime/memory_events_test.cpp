// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/memory_events.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "common/base/file.hpp"

namespace redoubt::node::runtime {
namespace {

namespace fs = std::filesystem;

class MemoryEvents : public testing::Test {
  protected:
    MemoryEvents() : root_(fs::path(testing::TempDir()) / "memory-events") {
        fs::remove_all(root_);
        fs::create_directories(root_);
    }
    ~MemoryEvents() override { fs::remove_all(root_); }
    MemoryEvents(const MemoryEvents&) = delete;
    MemoryEvents& operator=(const MemoryEvents&) = delete;

    fs::path root_;
};

constexpr auto k_cgroups = "9:name=systemd:/\n6:freezer:/redoubt-a\n4:memory:/redoubt-a\n0::/redoubt-b\n";

TEST_F(MemoryEvents, AreFoundInEitherVersion) {
    EXPECT_EQ(memory_events_of(k_cgroups, root_), root_ / "memory/redoubt-a/memory.oom_control");
    ASSERT_TRUE(write_file(root_ / "cgroup.controllers", "memory\n"));
    EXPECT_EQ(memory_events_of(k_cgroups, root_), root_ / "redoubt-b/memory.events");
    EXPECT_TRUE(memory_events_of("", root_).empty());
}

TEST_F(MemoryEvents, AreCountedInEitherForm) {
    ASSERT_TRUE(write_file(root_ / "one", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"));
    ASSERT_TRUE(write_file(root_ / "two", "low 0\noom 2\noom_kill 1\noom_group_kill 0\n"));
    EXPECT_EQ(count_memory_kills(root_ / "one"), 3U);
    EXPECT_EQ(count_memory_kills(root_ / "two"), 1U);
    EXPECT_EQ(count_memory_kills(root_ / "none"), 0U);
    EXPECT_EQ(count_memory_kills({}), 0U);
}

} // namespace
} // namespace redoubt::node::runtime

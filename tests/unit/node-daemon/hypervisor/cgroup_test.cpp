// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/cgroup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <format>

#include "common/base/file.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

using testing::HasSubstr;

/// A host that never was: files in a folder, where the kernel would have control groups.
class FakeHierarchy {
  public:
    FakeHierarchy() { std::filesystem::create_directories(place()); }

    [[nodiscard]] std::filesystem::path place() const { return folder_.path() / "cgroup"; }
    [[nodiscard]] std::filesystem::path mounts(const std::string& type_and_options) const {
        const auto file = folder_.path() / "mountinfo";
        [[maybe_unused]] const auto written =
            write_file(file, std::format("22 1 0:20 / / rw - ext4 /dev/sda rw\n"
                                         "30 22 0:27 / {} rw,nosuid shared:9 - {}\n",
                                         place().native(), type_and_options));
        return file;
    }
    [[nodiscard]] std::filesystem::path no_systemd() const { return folder_.path() / "none"; }

  private:
    test::TemporaryFolder folder_;
};

TEST(VmGroups, LeavesRoomForTheEmulator) {
    const auto ceiling = ceiling_of(256ULL << 20U, 2);
    EXPECT_GT(ceiling.memory_bytes, 256ULL << 20U);
    EXPECT_LT(ceiling.memory_bytes, 1ULL << 30U);
    EXPECT_GT(ceiling.tasks, 2U);
}

TEST(VmGroups, SaysThatThereIsNoControllerOfMemory) {
    const FakeHierarchy host;
    ASSERT_TRUE(write_file(host.place() / "cgroup.controllers", "cpu io\n"));
    for (const auto* other : {"cgroup2 cgroup2 rw", "cgroup cgroup rw,cpu", "tmpfs tmpfs rw"}) {
        const VmGroups groups(host.mounts(other), host.no_systemd());
        EXPECT_EQ(groups.check().error(),
                  (Error{Code::failed_precondition, "no controller of memory on this host"}));
    }
}

TEST(VmGroups, UsesCgroup2WhereItControlsMemory) {
    const FakeHierarchy host;
    const auto group = host.place() / "redoubt-vm-a1";
    ASSERT_TRUE(write_file(host.place() / "cgroup.controllers", "cpu memory pids\n"));
    ASSERT_TRUE(write_file(host.place() / "cgroup.subtree_control", ""));
    std::filesystem::create_directories(group);
    for (const auto* file : {"memory.max", "pids.max", "cgroup.procs"})
        ASSERT_TRUE(write_file(group / file, ""));
    const VmGroups groups(host.mounts("cgroup2 cgroup2 rw"), host.no_systemd());
    ASSERT_TRUE(groups.add(SandboxId("a1"), 4711, {.memory_bytes = 1000, .tasks = 7}));
    EXPECT_EQ(read_file(group / "memory.max"), "1000");
    EXPECT_EQ(read_file(group / "pids.max"), "7");
    EXPECT_EQ(read_file(group / "cgroup.procs"), "4711");
}

TEST(VmGroups, UsesTheOlderControllerOfMemoryElse) {
    const FakeHierarchy host;
    const auto group = host.place() / "redoubt-vm-a1";
    std::filesystem::create_directories(group);
    for (const auto* file : {"memory.limit_in_bytes", "cgroup.procs"})
        ASSERT_TRUE(write_file(group / file, ""));
    const VmGroups groups(host.mounts("cgroup cgroup rw,memory"), host.no_systemd());
    ASSERT_TRUE(groups.add(SandboxId("a1"), 4711, {.memory_bytes = 1000, .tasks = 7}));
    EXPECT_EQ(read_file(group / "memory.limit_in_bytes"), "1000");
    EXPECT_EQ(read_file(group / "cgroup.procs"), "4711");
}

TEST(VmGroups, AGroupThatCannotBeMadeIsNotLeft) {
    const FakeHierarchy host;
    const VmGroups groups(host.mounts("cgroup cgroup rw,memory"), host.no_systemd());
    // A real one would have the file for the limit.
    const auto added = groups.add(SandboxId("a1"), 4711, {.memory_bytes = 1000, .tasks = 7});
    ASSERT_FALSE(added);
    EXPECT_THAT(added.error().message,
                HasSubstr("control group " + (host.place() / "redoubt-vm-a1").native()));
    EXPECT_FALSE(std::filesystem::exists(host.place() / "redoubt-vm-a1"));
    EXPECT_TRUE(groups.remove(SandboxId("a1"))) << "what is not there is gone";
}

TEST(VmGroups, AsksSystemdWhereItRuns) {
    const FakeHierarchy host;
    const VmGroups groups(host.mounts("cgroup cgroup rw,memory"), host.place());
    EXPECT_TRUE(groups.check());
    EXPECT_TRUE(groups.remove(SandboxId("a1"))) << "a scope goes by itself";
    const auto nobody = start_scope("unix:path=/no/such/bus", "redoubt-vm-a1.scope", ::getpid(), {1000, 7});
    ASSERT_FALSE(nobody);
    EXPECT_THAT(nobody.error().message, HasSubstr("start redoubt-vm-a1.scope of systemd: "));
}

} // namespace
} // namespace redoubt::node::hypervisor::qemu

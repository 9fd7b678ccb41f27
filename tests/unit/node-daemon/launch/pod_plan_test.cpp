// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/pod_plan.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::launch {
namespace {

constexpr std::uint64_t k_mib = 1U << 20U;

PodPlanRequest request() {
    PodPlanRequest out;
    out.sandbox = SandboxId("s1");
    out.hostname = "web";
    out.node.default_memory_bytes = 256 * k_mib;
    return out;
}

TEST(PodPlan, TheVmIsLargeEnoughForAll) {
    auto wanted = request();
    wanted.members = {{.memory_bytes = 64 * k_mib, .cpus = 0.5}, {.memory_bytes = 32 * k_mib, .cpus = 1.2}};
    auto plan = make_pod_plan(wanted);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->vm.memory_bytes, 96 * k_mib + k_guest_overhead_bytes);
    EXPECT_EQ(plan->vm.vcpus, 2U);
    wanted.members.push_back({});
    plan = make_pod_plan(wanted);
    EXPECT_EQ(plan->vm.memory_bytes, (96 + 256) * k_mib);
}

TEST(PodPlan, VolumesAreMountedBeforeAnyContainer) {
    auto wanted = request();
    wanted.volumes = {{.name = "m", .kind = PodVolumeKind::memory, .size_bytes = 1000},
                      {.name = "d", .kind = PodVolumeKind::disk},
                      {.name = "f", .kind = PodVolumeKind::files}};
    wanted.disks = {"/disks/d"};
    const auto plan = make_pod_plan(wanted);
    ASSERT_TRUE(plan) << plan.error().message;
    ASSERT_EQ(plan->storages.size(), 2U);
    EXPECT_EQ(plan->storages[0].options, (std::vector<std::string>{"mode=777", "size=1k"}));
    EXPECT_EQ(plan->storages[1].source, "0:0");
    ASSERT_EQ(plan->vm.disks.size(), 1U);
    EXPECT_EQ(plan->vm.disks[0].file, "/disks/d");
    EXPECT_FALSE(plan->vm.disks[0].read_only);
    ASSERT_EQ(plan->documents.size(), 1U);
    EXPECT_EQ(pod_volume_folder(wanted.volumes[1]), "/run/kata-containers/sandbox/volumes/d/_data");
    wanted.disks.clear();
    EXPECT_FALSE(make_pod_plan(wanted));
}

TEST(PodPlan, RefusesMoreThanThereCanBe) {
    auto wanted = request();
    wanted.members = {{.memory_bytes = 1ULL << 43U}};
    EXPECT_FALSE(make_pod_plan(wanted));
    wanted.members = {{.cpus = 65}};
    EXPECT_FALSE(make_pod_plan(wanted));
}

} // namespace
} // namespace redoubt::node::launch

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/host_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redoubt::node::launch {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

PlanRequest make_request() {
    PlanRequest request;
    request.sandbox = SandboxId("sb1");
    request.runtime_directory = "/run/redoubt/vm/sb1";
    request.container = {
        .id = ContainerId("c1"), .command = {"sh"}, .memory_bytes = 64U << 20U, .terminal_size = {}};
    request.image = {.name = "busybox", .environment = {}, .entrypoint = {}, .command = {}};
    request.layers = {{.file = "/images/a.img", .root_hash = {}, .salt = {}},
                      {.file = "/images/b.img", .root_hash = {}, .salt = {}}};
    request.networks = {"redoubt"};
    return request;
}

LaunchPlan plan_of(const PlanRequest& request, IsolationLevel level) {
    auto plan = make_host_plan(request, level, {.processors = 4, .memory_bytes = 1ULL << 30U});
    EXPECT_TRUE(plan) << plan.error().message;
    return plan.value_or(LaunchPlan());
}

TEST(HostPlan, TheRootIsAnOverlayOfMountedLayersInMemory) {
    const auto plan = plan_of(make_request(), IsolationLevel::runc);
    ASSERT_EQ(plan.storages.size(), 4U);
    EXPECT_EQ(plan.storages[0].driver, "loop");
    EXPECT_EQ(plan.storages[0].source, "/images/a.img");
    EXPECT_THAT(plan.storages[0].options, ElementsAre("ro", "nodev"));
    EXPECT_THAT(plan.storages[2].options, Contains("size=67108864")) << "its writes count as its memory";
    EXPECT_EQ(plan.storages[3].options.front(),
              "lowerdir=/run/redoubt/vm/sb1/layers/1:/run/redoubt/vm/sb1/layers/0");
    EXPECT_EQ(plan.container.root_path, "/run/redoubt/vm/sb1/rootfs");
}

TEST(HostPlan, TheContainerHasANetworkNamespaceAndNoTap) {
    const auto plan = plan_of(make_request(), IsolationLevel::gvisor);
    EXPECT_THAT(plan.container.linux_part.namespaces, Contains(Field(&oci::Namespace::type, "network")));
    EXPECT_EQ(plan.network.queues, 0U);
    EXPECT_THAT(plan.network.names, ElementsAre("redoubt"));
    EXPECT_EQ(plan.container.linux_part.cgroups_path, "/redoubt-sb1");
}

TEST(HostPlan, EachLevelSeesTheCgroupsItHas) {
    const auto is_cgroup = Field(&oci::Mount::destination, "/sys/fs/cgroup");
    EXPECT_THAT(plan_of(make_request(), IsolationLevel::gvisor).container.mounts, Not(Contains(is_cgroup)));
    EXPECT_THAT(plan_of(make_request(), IsolationLevel::runc).container.mounts,
                Contains(testing::AllOf(is_cgroup, Field(&oci::Mount::type, "cgroup"))));
}

TEST(HostPlan, VolumesAreMountedFilesWithoutDevices) {
    auto request = make_request();
    request.container.mounts = {
        {.kind = MountKind::volume, .source = "data", .target = "/data"},
        {.kind = MountKind::bind, .source = "/etc", .target = "/etc/host", .read_only = true}};
    request.volumes = {
        {.kind = MountKind::volume, .source = "data", .file = "/volumes/data.img"},
        {.kind = MountKind::bind, .source = "/etc", .file = "/containers/c1/snapshot-0.erofs"}};
    const auto plan = plan_of(request, IsolationLevel::runc);
    ASSERT_EQ(plan.storages.size(), 6U);
    EXPECT_EQ(plan.storages[4].fstype, "ext4");
    EXPECT_THAT(plan.storages[4].options, ElementsAre("rw", "nodev", "nosuid", "discard"));
    EXPECT_EQ(plan.storages[4].mount_point, "/run/redoubt/vm/sb1/volumes/0");
    EXPECT_EQ(plan.storages[5].options.front(), "ro");
    EXPECT_THAT(plan.volumes, IsEmpty()) << "there is no VM to plug a disk into";
}

TEST(HostPlan, WhatALevelCannotGiveItSays) {
    auto request = make_request();
    request.container.privileged = true;
    const auto refused = make_host_plan(request, IsolationLevel::runc, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::failed_precondition);
    EXPECT_THAT(refused.error().message, HasSubstr("--runtime vm"));
    EXPECT_TRUE(make_host_plan(request, IsolationLevel::gvisor, {}));
    request = make_request();
    request.volumes = {{.kind = MountKind::volume, .source = "s", .file = "/s.img", .is_encrypted = true}};
    EXPECT_EQ(make_host_plan(request, IsolationLevel::gvisor, {}).error().code, Code::failed_precondition);
    request = make_request();
    request.container.devices = {"/dev/fuse"};
    EXPECT_EQ(make_host_plan(request, IsolationLevel::runc, {}).error().code, Code::failed_precondition);
    request = make_request();
    request.layers.clear();
    EXPECT_EQ(make_host_plan(request, IsolationLevel::runc, {}).error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::node::launch

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/container_mounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node-daemon/launch/plan.hpp"

namespace redoubt::node::launch {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ContainerMount volume(std::string source, std::string target) {
    return {.kind = MountKind::volume, .source = std::move(source), .target = std::move(target)};
}

ContainerMount memory(std::string target) {
    return {.kind = MountKind::tmpfs, .source = {}, .target = std::move(target)};
}

Result<std::vector<oci::Mount>> make(std::vector<ContainerMount> mounts) {
    ContainerConfig request;
    request.mounts = std::move(mounts);
    return make_container_mounts(request, "/box");
}

oci::Mount at(const std::vector<oci::Mount>& mounts, const std::string& place) {
    const auto found = std::ranges::find(mounts, place, &oci::Mount::destination);
    return found == mounts.end() ? oci::Mount() : *found;
}

std::string error_of(std::vector<ContainerMount> mounts) {
    const auto made = make(std::move(mounts));
    return made ? "accepted" : made.error().message;
}

TEST(ContainerMounts, BindAVolumesFolderWithItsCopy) {
    const auto mounts = make({volume("data", "/data")}).value();
    const auto made = at(mounts, "/data");
    EXPECT_EQ(made.type, "bind");
    EXPECT_EQ(made.source, "/box/volumes/0/_data");
    EXPECT_THAT(made.options, ElementsAre("bind", "nosuid", "nodev", "rw", "X-redoubt.copy-up"));
}

TEST(ContainerMounts, AVolumeAtTwoPlacesIsOneDisk) {
    const std::vector wanted{volume("a", "/x"), volume("b", "/y"), volume("a", "/z"), memory("/m")};
    EXPECT_EQ(list_disks(wanted).size(), 2U);
    const auto mounts = make(wanted).value();
    EXPECT_EQ(at(mounts, "/x").source, at(mounts, "/z").source);
    EXPECT_EQ(at(mounts, "/y").source, "/box/volumes/1/_data");
}

TEST(ContainerMounts, OptionsWinOverDefaults) {
    auto wanted = volume("data", "/data");
    wanted.read_only = true;
    wanted.without_copy = true;
    wanted.options = {"suid", "noexec"};
    const auto mounts = make({wanted}).value();
    EXPECT_THAT(at(mounts, "/data").options, ElementsAre("bind", "suid", "noexec", "nodev", "ro"));
}

TEST(ContainerMounts, MemoryHasSizeAndMode) {
    auto wanted = memory("/cache");
    wanted.tmpfs_bytes = 5000;
    wanted.tmpfs_mode = 0700;
    const auto mounts = make({wanted}).value();
    EXPECT_EQ(at(mounts, "/cache").type, "tmpfs");
    EXPECT_THAT(at(mounts, "/cache").options,
                ElementsAre("nosuid", "noexec", "nodev", "rw", "mode=700", "size=5k"));
}

TEST(ContainerMounts, OuterPlacesComeFirst) {
    const auto mounts = make({memory("/a/b/c"), memory("/a"), memory("/a/b")}).value();
    std::vector<std::string> places;
    for (const auto& mount : mounts)
        if (mount.destination.starts_with("/a")) places.push_back(mount.destination);
    EXPECT_THAT(places, ElementsAre("/a", "/a/b", "/a/b/c"));
}

TEST(ContainerMounts, OnesOwnShmTakesTheDefaultsPlace) {
    const auto mounts = make({memory("/dev/shm")}).value();
    EXPECT_EQ(std::ranges::count(mounts, "/dev/shm", &oci::Mount::destination), 1);
    ContainerConfig request;
    request.shm_bytes = 1U << 20U;
    EXPECT_THAT(at(make_container_mounts(request, "/box").value(), "/dev/shm").options,
                Contains("size=1024k"));
}

TEST(ContainerMounts, RefuseWhatCannotBe) {
    EXPECT_THAT(error_of({memory("relative")}), HasSubstr("'relative': not an absolute path"));
    EXPECT_THAT(error_of({memory("/x/..")}), HasSubstr("the image is there"));
    EXPECT_THAT(error_of({memory("/proc/sys")}), HasSubstr("/proc is the kernel's"));
    EXPECT_THAT(error_of({memory("/a"), volume("v", "/a/")}), HasSubstr("two mounts at '/a'"));
    auto odd = memory("/a");
    odd.options = {"uid=0"};
    EXPECT_THAT(error_of({odd}), HasSubstr("option 'uid=0'"));
}

PlanRequest make_request(std::vector<ContainerMount> mounts) {
    PlanRequest request;
    request.sandbox = SandboxId("sb1");
    request.container.id = ContainerId("c1");
    request.container.command = {"sh"};
    request.layers = {
        {.file = "/l.img", .root_hash = "aa", .salt = "5a", .data_blocks = 10, .size_bytes = 45056}};
    request.volumes = list_disks(mounts);
    request.container.mounts = std::move(mounts);
    for (auto& disk : request.volumes) disk.file = "/disks/" + disk.source;
    return request;
}

TEST(PlanOfVolumes, PlugsEachDiskInOnceAndHasItMounted) {
    ContainerMount snapshot{.kind = MountKind::bind, .source = "etc", .target = "/host", .read_only = true};
    auto plan = make_plan(make_request({volume("a", "/a"), snapshot, volume("a", "/b")})).value();
    ASSERT_EQ(plan.volumes.size(), 2U);
    EXPECT_EQ(plan.volumes[0].id, "volume-0");
    EXPECT_EQ(plan.volumes[0].lun, 128U);
    EXPECT_FALSE(plan.volumes[0].read_only);
    EXPECT_TRUE(plan.volumes[1].read_only);
    EXPECT_EQ(plan.vm.disks.size(), 1U) << "volumes come when the guest is up";
    const auto& last = plan.storages.back();
    EXPECT_EQ(last.fstype, "erofs");
    EXPECT_EQ(last.source, "0:129");
    EXPECT_EQ(last.mount_point, "/run/kata-containers/c1/volumes/1");
    const auto& ext4 = plan.storages[plan.storages.size() - 2];
    EXPECT_EQ(ext4.fstype, "ext4");
    EXPECT_THAT(ext4.options, ElementsAre("rw", "discard"));
}

TEST(PlanOfVolumes, AVolumeThatIsOnlyReadIsMountedSo) {
    auto only_read = volume("a", "/a");
    only_read.read_only = true;
    auto plan = make_plan(make_request({only_read})).value();
    EXPECT_FALSE(plan.volumes[0].read_only) << "its journal may have to be replayed";
    EXPECT_THAT(plan.storages.back().options, Contains("ro"));
    plan = make_plan(make_request({only_read, volume("a", "/b")})).value();
    EXPECT_THAT(plan.storages.back().options, Not(Contains("ro")));
}

TEST(PlanOfVolumes, AnEncryptedOneIsTheGuestsToMake) {
    auto request = make_request({volume("a", "/a")});
    request.volumes[0].is_encrypted = true;
    const auto plan = make_plan(request).value();
    EXPECT_THAT(plan.storages.back().driver_options, ElementsAre("encryption_key=ephemeral"));
}

TEST(PlanOfVolumes, OneThatIsKeptHasItsKeyNamedAndKeepsItsBlocks) {
    auto request = make_request({volume("a", "/a")});
    request.volumes[0].is_encrypted = true;
    request.volumes[0].key_uri = "kbs:///default/volume/a";
    const auto plan = make_plan(request).value();
    EXPECT_THAT(plan.storages.back().driver_options, ElementsAre("encryption_key=kbs:///default/volume/a"));
    EXPECT_THAT(plan.storages.back().options, ElementsAre("rw"));
}

} // namespace
} // namespace redoubt::node::launch

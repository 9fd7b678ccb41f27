// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/guest_image.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::launch {
namespace {

const std::string k_reference = "registry.example/app@sha256:" + std::string(64, 'a');

GuestImage example() {
    return {.reference = k_reference,
            .manifest = {"/blobs/m", 700},
            .config = {"/blobs/c", 300},
            .layers = {{"/blobs/0", 1000}, {"/blobs/1", 2000}},
            .scratch = "/containers/c1/scratch.img"};
}

PlanRequest request_for(GuestImage image) {
    PlanRequest request;
    request.sandbox = SandboxId("s1");
    request.container.id = ContainerId("c1");
    request.image.command = {"true"};
    request.guest_image = std::move(image);
    return request;
}

TEST(GuestImage, IsOneStorageInTheFormOfAGuestPull) {
    const auto storage = guest_image_storage(example(), 0, "/run/kata-containers/c1");
    EXPECT_EQ(storage.driver, "image_guest_pull");
    EXPECT_EQ(storage.source, k_reference);
    EXPECT_EQ(storage.fstype, "overlay");
    EXPECT_TRUE(storage.options.empty());
    EXPECT_EQ(storage.mount_point, "/run/kata-containers/c1/rootfs");
    EXPECT_EQ(storage.driver_options,
              (std::vector<std::string>{
                  R"(image_guest_pull={"metadata":{"io.kubernetes.cri.container-type":"container"},)"
                  R"("disks":{"manifest":"0:2","manifest_size":700,"config":"0:3","layers":["0:0","0:1"],)"
                  R"("scratch":"0:127"}})"}));
}

TEST(GuestImage, ItsBlobsAreReadOnlyDisksAndItsScratchIsNot) {
    const auto disks = guest_image_disks(example(), "", 0);
    ASSERT_EQ(disks.size(), 4U);
    EXPECT_EQ(disks[0].id, "blob-0");
    EXPECT_EQ(disks[0].file, "/blobs/0");
    EXPECT_EQ(disks[2].id, "manifest");
    EXPECT_EQ(disks[2].lun, 2U);
    EXPECT_EQ(disks[3].id, "config");
    for (const auto& disk : disks) EXPECT_TRUE(disk.read_only) << disk.id;
    const auto scratch = guest_scratch_disk(example(), "", 0);
    EXPECT_FALSE(scratch.read_only);
    EXPECT_EQ(scratch.lun, 127U);
}

TEST(GuestImage, ItsSignaturesAreADiskMoreWhereThereAreAny) {
    auto image = example();
    image.signatures = BlobDisk{"/blobs/s", 260};
    const auto disks = guest_image_disks(image, "c3-", 3);
    ASSERT_EQ(disks.size(), 5U);
    EXPECT_EQ(disks[4].id, "c3-signatures");
    EXPECT_EQ(disks[4].lun, 4U);
    EXPECT_TRUE(disks[4].read_only);
    const auto storage = guest_image_storage(image, 3, "/run/kata-containers/c1");
    EXPECT_TRUE(storage.driver_options[0].ends_with(
        R"("scratch":"3:127","signatures":"3:4","signatures_size":260}})"))
        << storage.driver_options[0];
}

TEST(GuestImage, APodsContainerHasDisksOfItsOwn) {
    const auto disks = guest_image_disks(example(), "c3-", 3);
    EXPECT_EQ(disks[1].id, "c3-blob-1");
    EXPECT_EQ(disks[1].target, 3U);
    const auto storage = guest_image_storage(example(), 3, "/run/kata-containers/c1");
    EXPECT_TRUE(storage.driver_options[0].contains(R"("layers":["3:0","3:1"],"scratch":"3:127")"));
}

TEST(GuestImage, TakesThePlaceOfLayersInAPlan) {
    const auto plan = make_plan(request_for(example()));
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->vm.disks.size(), 4U);
    ASSERT_EQ(plan->volumes.size(), 1U);
    EXPECT_EQ(plan->volumes[0].file, "/containers/c1/scratch.img");
    ASSERT_EQ(plan->storages.size(), 1U);
    EXPECT_EQ(plan->storages[0].driver, "image_guest_pull");
    EXPECT_EQ(plan->container.root_path, plan->storages[0].mount_point);
}

TEST(GuestImage, WithTooManyLayersIsRefused) {
    auto image = example();
    image.layers.resize(121);
    const auto plan = make_plan(request_for(image));
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error(),
              (Error{Code::invalid_argument, "image " + k_reference +
                                                 ": 121 layers, a guest takes 1 to 120 that are "
                                                 "encrypted"}));
}

} // namespace
} // namespace redoubt::node::launch

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <sys/stat.h>
#include <sys/statfs.h>

#include "common/base/file.hpp"
#include "tests/unit/guest-image/agent/sandbox/sandbox_fixture.hpp"

namespace redoubt::guest::sandbox {
namespace {

TEST_F(SandboxTest, AContainerSeesAPlacedFile) {
    create_sandbox();
    const auto path = (base_ / "shared/containers/c1-0123456789abcdef-hosts").native();
    ASSERT_TRUE(box_->place_file({.path = path, .size = 5, .mode = S_IFREG | 0644, .data = "hello"}));
    auto request = request_of("c1", {"cat", "/etc/hosts"});
    request.spec.mounts.push_back({"/etc/hosts", path, "bind", {"rbind", "ro"}});
    EXPECT_EQ(run(std::move(request)).output, "hello");
}

TEST_F(SandboxTest, FilesAreNotPlacedAnywhereElse) {
    create_sandbox();
    for (const auto& path : std::vector<std::string>{"/etc/hosts", (base_ / "sandbox/hosts").native(),
                                                     (base_ / "shared/containers").native(),
                                                     (base_ / "shared/containers/../../x").native()}) {
        const auto placed = box_->place_file({.path = path, .mode = S_IFREG | 0644});
        EXPECT_FALSE(placed) << path;
    }
    EXPECT_FALSE(std::filesystem::exists(base_ / "x"));
}

TEST_F(SandboxTest, TellsHowFullAVolumeIs) {
    create_sandbox();
    const auto volume = (base_ / "sandbox/storage/v").native();
    auto request = request_of("c1", {"true"});
    request.storages = {{.driver = "ephemeral", .options = {"size=1m"}, .mount_point = volume}};
    ASSERT_TRUE(create(std::move(request)));
    const auto usage = box_->volume_usage(volume);
    ASSERT_TRUE(usage) << usage.error().message;
    EXPECT_EQ(usage->bytes.total, 1U << 20U);
    ASSERT_TRUE(box_->update_ephemeral_mounts(
        {{.driver = "ephemeral", .options = {"size=2m"}, .mount_point = volume}}));
    EXPECT_EQ(box_->volume_usage(volume)->bytes.total, 2U << 20U);
    EXPECT_EQ(box_->resize_volume(volume, 0).error().code, Code::failed_precondition);
    EXPECT_EQ(box_->volume_usage("/").error().code, Code::invalid_argument);
    EXPECT_EQ(box_->volume_usage((base_ / "nosuch").native()).error().code, Code::not_found);
    EXPECT_EQ(box_->resize_volume("/tmp", 0).error().code, Code::invalid_argument);
}

TEST_F(SandboxTest, SwapNeedsADiskThatIsThere) {
    create_sandbox();
    EXPECT_EQ(await(box_->add_swap("mmioblk", "/etc/passwd")).error().code, Code::invalid_argument);
    EXPECT_EQ(await(box_->add_swap("blk", "1e/1e")).error().code, Code::deadline_exceeded);
}

TEST_F(SandboxTest, TheTerminationMessageIsTheEndOfItsFile) {
    create_sandbox();
    const auto path = (base_ / "shared/containers/c1-log").native();
    ASSERT_TRUE(box_->place_file({.path = path, .mode = S_IFREG | 0666}));
    auto request = request_of("c1", {"sh", "-c", "echo gone wrong > /dev/termination-log"});
    request.spec.mounts.push_back({"/dev/termination-log", path, "bind", {"rbind", "rw"}});
    request.spec.annotations["io.kubernetes.container.terminationMessagePath"] = "/dev/termination-log";
    EXPECT_EQ(run(std::move(request)).code, 0);
    EXPECT_EQ(box_->termination_message(ContainerId("c1")).value_or("?"), "gone wrong\n");
    ASSERT_TRUE(write_file(path, std::string(5000, 'x') + "end"));
    const auto tail = box_->termination_message(ContainerId("c1")).value_or("?");
    EXPECT_EQ(tail.size(), 4096U);
    EXPECT_TRUE(tail.ends_with("xend"));
}

TEST_F(SandboxTest, ATerminationMessageMayLieInTheRootFolder) {
    create_sandbox();
    auto request = request_of("c1", {"sh", "-c", "echo bye > /tmp/log; mkdir /tmp/folder"});
    request.spec.annotations["io.kubernetes.container.terminationMessagePath"] = "/tmp/log";
    EXPECT_EQ(run(std::move(request)).code, 0);
    EXPECT_EQ(box_->termination_message(ContainerId("c1")).value_or("?"), "bye\n");
    auto other = request_of("c2", {"sh", "-c", "mkdir /tmp/log"});
    other.spec.annotations["io.kubernetes.container.terminationMessagePath"] = "/tmp/log";
    EXPECT_EQ(run(std::move(other)).code, 0);
    EXPECT_EQ(box_->termination_message(ContainerId("c2")).error().code, Code::failed_precondition);
    EXPECT_EQ(run(request_of("c3", {"true"})).code, 0);
    EXPECT_EQ(box_->termination_message(ContainerId("c3")).error().code, Code::failed_precondition);
    EXPECT_EQ(box_->termination_message(ContainerId("c4")).error().code, Code::not_found);
}

TEST_F(SandboxTest, AContainerShowsAnotherWhatItMounted) {
    create_sandbox();
    auto first = request_of("c1", {"sh", "-c", "echo shared > /dev/shm/file; echo up; sleep 1000"});
    first.spec.mounts.push_back({"/dev/shm", "shm", "tmpfs", {}});
    first.spec.annotations["io.kubernetes.cri.container-name"] = "main";
    ASSERT_TRUE(create(std::move(first)));
    ASSERT_TRUE(start("c1"));
    ASSERT_EQ(await(process("c1")->read(Process::Stream::output, 10)).value_or(""), "up\n");
    auto second = request_of("c2", {"cat", "/seen/file"});
    second.shared_mounts = {{"main", "/dev/shm", "/seen"}};
    EXPECT_EQ(run(std::move(second)).output, "shared\n");
    auto third = request_of("c3", {"true"});
    third.shared_mounts = {{"nobody", "/dev/shm", "/seen"}};
    EXPECT_EQ(create(std::move(third)).error().code, Code::not_found);
    auto fourth = request_of("c4", {"true"});
    fourth.shared_mounts = {{"c1", "/no/such", "/seen"}};
    const auto made = create(std::move(fourth));
    EXPECT_EQ(made.error().code, Code::not_found);
    EXPECT_TRUE(made.error().message.starts_with("shared mount at /seen: ")) << made.error().message;
}

TEST_F(SandboxTest, ADeviceMustComeAndBeInTheSpecification) {
    create_sandbox();
    auto request = request_of("c1", {"true"});
    request.devices = {{.id = "1:2", .type = "scsi", .container_path = "/dev/x"}};
    EXPECT_EQ(create(request).error().code, Code::deadline_exceeded);
    request.devices[0].type = "vfio-pci";
    EXPECT_EQ(create(request).error().message, "device type 'vfio-pci' is not implemented by this agent");
    request.devices[0] = {.type = "mmioblk", .vm_path = "/dev/../etc", .container_path = "/dev/x"};
    EXPECT_EQ(create(request).error().code, Code::invalid_argument);
}

TEST_F(SandboxTest, LayersThatFailLeaveNothing) {
    create_sandbox();
    auto request = request_of("c1", {"true"});
    request.storages = {{.driver = "erofs.multi-layer",
                         .source = "5:6",
                         .fstype = "erofs",
                         .options = {"X-kata.multi-layer=true"},
                         .mount_point = request.spec.root_path}};
    const auto made = create(std::move(request));
    EXPECT_EQ(made.error().code, Code::deadline_exceeded) << made.error().message;
    EXPECT_TRUE(made.error().message.contains("multi-layer/lower-0")) << made.error().message;
    EXPECT_FALSE(std::filesystem::exists(base_ / "c1"));
}

} // namespace
} // namespace redoubt::guest::sandbox

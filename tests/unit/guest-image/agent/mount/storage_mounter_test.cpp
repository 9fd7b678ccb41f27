// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/storage_mounter.hpp"

#include <gtest/gtest.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "guest-image/agent/mount/scsi_disk.hpp"

namespace redoubt::guest::mount {
namespace {

namespace fs = std::filesystem;

class StorageMounterTest : public testing::Test {
  protected:
    StorageMounterTest() {
        std::string name = "/tmp/mounter-XXXXXX";
        base_ = ::mkdtemp(name.data());
        mounter_ =
            std::make_unique<StorageMounter>(*StorageMounter::open(base_, std::chrono::milliseconds(50)));
    }
    ~StorageMounterTest() override {
        mounter_->release_all();
        fs::remove_all(base_);
    }
    StorageMounterTest(const StorageMounterTest&) = delete;
    StorageMounterTest& operator=(const StorageMounterTest&) = delete;

    Status acquire(Storage storage) {
        Status outcome;
        asio::co_spawn(io_, mounter_->acquire(std::move(storage)),
                       [&](std::exception_ptr, Status done) { outcome = done; });
        io_.restart();
        io_.run();
        return outcome;
    }
    [[nodiscard]] std::string in_base(const std::string& path) const { return (base_ / path).native(); }
    [[nodiscard]] static long type_of(const std::string& path) {
        struct statfs status{};
        return ::statfs(path.c_str(), &status) == 0 ? static_cast<long>(status.f_type) : -1;
    }
    static constexpr long k_tmpfs = 0x01021994;
    static constexpr long k_overlay = 0x794c7630;

    fs::path base_;
    asio::io_context io_;
    std::unique_ptr<StorageMounter> mounter_;
};

TEST_F(StorageMounterTest, MountsATmpfsWithItsSizeAndTakesItAway) {
    ASSERT_TRUE(acquire(
        {.driver = "ephemeral", .fstype = "tmpfs", .options = {"size=1m"}, .mount_point = in_base("a/shm")}));
    struct statfs status{};
    ASSERT_EQ(::statfs(in_base("a/shm").c_str(), &status), 0);
    EXPECT_EQ(static_cast<std::uint64_t>(status.f_bsize) * status.f_blocks, 1U << 20U);
    ASSERT_TRUE(mounter_->release(in_base("a/shm")));
    EXPECT_NE(type_of(in_base("a/shm")), -1);
    EXPECT_TRUE(fs::is_empty(in_base("a/shm")));
}

TEST_F(StorageMounterTest, AMountPointLivesAsLongAsItsLastUser) {
    const Storage storage{.driver = "ephemeral", .mount_point = in_base("shared"), .is_shared = true};
    ASSERT_TRUE(acquire(storage));
    std::ofstream(base_ / "shared/file") << "x";
    ASSERT_TRUE(acquire(storage));
    ASSERT_TRUE(mounter_->release(in_base("shared")));
    EXPECT_TRUE(fs::exists(base_ / "shared/file"));
    ASSERT_TRUE(mounter_->release(in_base("shared")));
    EXPECT_FALSE(fs::exists(base_ / "shared/file"));
    EXPECT_EQ(mounter_->release(in_base("shared")).error().code, Code::not_found);
}

TEST_F(StorageMounterTest, OverlaysMoreLayersThanOnePageOfOptionsHolds) {
    // The upper layer of an overlay may not itself be an overlay, as this test's /tmp might be.
    ASSERT_TRUE(acquire({.driver = "ephemeral", .mount_point = in_base("c")}));
    std::string lower;
    for (int i = 0; i < 60; ++i) {
        const auto name = std::string(80, 'l') + std::to_string(i);
        fs::create_directories(base_ / "c" / name);
        std::ofstream(base_ / "c" / name / "top") << i;
        lower += (i == 0 ? "" : ":") + in_base("c/" + name);
    }
    ASSERT_GT(lower.size(), 4096U);
    const auto mounted = acquire(
        {.driver = "overlayfs",
         .source = "overlay",
         .fstype = "overlay",
         .options = {"lowerdir=" + lower, "upperdir=" + in_base("c/up"), "workdir=" + in_base("c/work")},
         .mount_point = in_base("c/rootfs")});
    ASSERT_TRUE(mounted) << mounted.error().message;
    EXPECT_EQ(type_of(in_base("c/rootfs")), k_overlay);
    std::string top;
    std::ifstream(base_ / "c/rootfs/top") >> top;
    EXPECT_EQ(top, "0");
    std::ofstream(base_ / "c/rootfs/new") << "x";
    EXPECT_TRUE(fs::exists(base_ / "c/up/new"));
}

TEST_F(StorageMounterTest, RefusesEveryPathOutsideOfItsFolder) {
    for (const auto& bad :
         std::vector<std::string>{"/etc/x", in_base("../x"), in_base("a/../../x"), base_.native(), "a"}) {
        const auto made = acquire({.driver = "ephemeral", .mount_point = bad});
        ASSERT_FALSE(made) << bad;
        EXPECT_EQ(made.error().code, Code::invalid_argument) << bad;
    }
    fs::create_directories(base_ / "c");
    EXPECT_FALSE(acquire({.driver = "bind", .source = "/etc", .mount_point = in_base("c/x")}));
    EXPECT_FALSE(
        acquire({.driver = "overlayfs", .options = {"lowerdir=/etc"}, .mount_point = in_base("c/y")}));
}

TEST_F(StorageMounterTest, FollowsNoLinkOutOfItsFolder) {
    fs::create_directory_symlink("/tmp", base_ / "out");
    EXPECT_FALSE(acquire({.driver = "ephemeral", .mount_point = in_base("out/stolen")}));
    EXPECT_FALSE(fs::exists("/tmp/stolen"));
    EXPECT_FALSE(acquire({.driver = "bind", .source = in_base("out"), .mount_point = in_base("in")}));
}

TEST_F(StorageMounterTest, BindsReadOnly) {
    fs::create_directories(base_ / "from");
    ASSERT_TRUE(acquire({.driver = "bind",
                         .source = in_base("from"),
                         .options = {"bind", "ro"},
                         .mount_point = in_base("to")}));
    EXPECT_FALSE(std::ofstream(base_ / "to/file").is_open());
}

TEST_F(StorageMounterTest, NamesTheDriverItDoesNotHave) {
    const auto made = acquire({.driver = "virtio-fs", .mount_point = in_base("v")});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::unimplemented);
    EXPECT_TRUE(made.error().message.contains("storage driver 'virtio-fs' is not implemented"))
        << made.error().message;
}

TEST_F(StorageMounterTest, GivesUpOnADiskThatNeverComes) {
    const auto made =
        acquire({.driver = "scsi", .source = "7:777", .fstype = "erofs", .mount_point = in_base("d")});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::deadline_exceeded);
    EXPECT_TRUE(made.error().message.contains("SCSI disk 7:777 did not appear within 50 ms"))
        << made.error().message;
}

TEST(ScsiAddress, IsTargetAndLun) {
    const auto address = parse_scsi_address("0:17");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->target, 0U);
    EXPECT_EQ(address->lun, 17U);
    for (const char* bad : {"", "1", ":", "0:", ":0", "a:b", "0:1:2", "0:-1", "0:4294967296"})
        EXPECT_FALSE(parse_scsi_address(bad)) << bad;
}

TEST(ScsiDisk, IsFoundByItsSysfsName) {
    std::string name = "/tmp/sysfs-XXXXXX";
    const fs::path sysfs = ::mkdtemp(name.data());
    fs::create_directories(sysfs / "class/scsi_device/2:0:0:5/device/block/sdq");
    fs::create_directories(sysfs / "class/scsi_device/2:0:0:15/device/block/sdr");
    asio::io_context io;
    Result<std::string> disk;
    asio::co_spawn(io, wait_for_scsi_disk({0, 5}, std::chrono::seconds(1), sysfs),
                   [&](std::exception_ptr, Result<std::string> found) { disk = std::move(found); });
    io.run();
    fs::remove_all(sysfs);
    ASSERT_TRUE(disk) << disk.error().message;
    EXPECT_EQ(*disk, "/dev/sdq");
}

} // namespace
} // namespace redoubt::guest::mount

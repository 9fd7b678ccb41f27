// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/disk_source.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace redoubt::guest::mount {
namespace {

namespace fs = std::filesystem;

class DiskSourceTest : public testing::Test {
  protected:
    DiskSourceTest() {
        std::string name = "/tmp/sysfs-XXXXXX";
        sysfs_ = ::mkdtemp(name.data());
    }
    ~DiskSourceTest() override { fs::remove_all(sysfs_); }
    DiskSourceTest(const DiskSourceTest&) = delete;
    DiskSourceTest& operator=(const DiskSourceTest&) = delete;

    void make(const std::string& path) const { fs::create_directories(sysfs_ / path); }
    Result<std::string> wait(const std::string& driver, const std::string& text,
                             std::optional<std::uint32_t> partition = {},
                             Duration limit = std::chrono::milliseconds(30)) {
        auto source = parse_disk_source(driver, text);
        if (!source) return std::unexpected(source.error());
        asio::io_context io;
        Result<std::string> node;
        asio::co_spawn(io, wait_for_disk(std::move(*source), partition, limit, sysfs_),
                       [&](std::exception_ptr, Result<std::string> found) { node = std::move(found); });
        io.run();
        return node;
    }

    fs::path sysfs_;
};

TEST_F(DiskSourceTest, AScsiDiskIsFoundByItsAddress) {
    make("class/scsi_device/2:0:0:5/device/block/sdq");
    make("class/scsi_device/2:0:0:15/device/block/sdr");
    EXPECT_EQ(wait("scsi", "0:5").value(), "/dev/sdq");
    EXPECT_EQ(wait("erofs.multi-layer", "0:15").value(), "/dev/sdr");
    EXPECT_EQ(wait("scsi", "0:6").error().message, "SCSI disk 0:6 did not appear within 30 ms");
}

TEST_F(DiskSourceTest, APciDiskIsFoundBelowItsBridges) {
    make("devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio3/block/vdb");
    make("devices/pci0000:00/0000:00:03.0/virtio4/block/vdc");
    make("devices/pci0000:20/0000:20:01.0/0000:21:00.0/virtio5/block/vdd");
    EXPECT_EQ(wait("blk", "02/00").value(), "/dev/vdb");
    EXPECT_EQ(wait("blk", "03").value(), "/dev/vdc");
    EXPECT_EQ(wait("blk", "20/01/00").value(), "/dev/vdd");
    EXPECT_EQ(wait("blk", "02/01").error().message, "PCI disk 02.0/01.0 did not appear within 30 ms");
}

TEST_F(DiskSourceTest, ANamedDiskIsWaitedFor) {
    make("class/block/vda");
    EXPECT_EQ(wait("mmioblk", "/dev/vda").value(), "/dev/vda");
    EXPECT_EQ(wait("blk", "/dev/vda").value(), "/dev/vda");
    EXPECT_EQ(wait("mmioblk", "/dev/vdb").error().code, Code::deadline_exceeded);
}

TEST_F(DiskSourceTest, APartitionHasItsOwnNode) {
    make("class/block/vda");
    make("class/block/vda3");
    make("class/block/nvme0n1");
    make("class/block/nvme0n1p2");
    EXPECT_EQ(wait("mmioblk", "/dev/vda", 3).value(), "/dev/vda3");
    EXPECT_EQ(wait("mmioblk", "/dev/nvme0n1", 2).value(), "/dev/nvme0n1p2");
    EXPECT_EQ(wait("mmioblk", "/dev/vda", 1).error().message,
              "disk /dev/vda partition 1 did not appear within 30 ms");
}

TEST_F(DiskSourceTest, ASilentBusIsAskedOnce) {
    make("class/scsi_host/host0");
    make("bus/pci");
    std::ofstream(sysfs_ / "class/scsi_host/host0/scan");
    std::ofstream(sysfs_ / "bus/pci/rescan");
    EXPECT_FALSE(wait("scsi", "3:4", {}, std::chrono::milliseconds(600)));
    EXPECT_FALSE(wait("blk", "03", {}, std::chrono::milliseconds(600)));
    std::string text;
    std::getline(std::ifstream(sysfs_ / "class/scsi_host/host0/scan"), text);
    EXPECT_EQ(text, "0 3 4");
    std::getline(std::ifstream(sysfs_ / "bus/pci/rescan"), text);
    EXPECT_EQ(text, "1");
}

TEST(DiskSource, AScsiAddressIsTargetAndLun) {
    const auto address = parse_scsi_address("0:17");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->target, 0U);
    EXPECT_EQ(address->lun, 17U);
    for (const char* bad : {"", "1", ":", "0:", ":0", "a:b", "0:1:2", "0:-1", "0:4294967296"})
        EXPECT_FALSE(parse_scsi_address(bad)) << bad;
}

TEST(DiskSource, APciPathIsSlots) {
    const auto path = parse_pci_path("1f.7/00");
    ASSERT_TRUE(path);
    ASSERT_EQ(path->slots.size(), 2U);
    EXPECT_EQ(path->slots[0].device, 0x1fU);
    EXPECT_EQ(path->slots[0].function, 7U);
    for (const char* bad : {"", "/", "02/", "20", "02.8", "xx", "02.", "-1", "../00", "1/2/3/4/5/6/7/8/9"})
        EXPECT_FALSE(parse_pci_path(bad)) << bad;
}

TEST(DiskSource, ANameIsOneOfDevAndNothingElse) {
    EXPECT_TRUE(parse_disk_name("/dev/vda"));
    for (const char* bad : {"", "vda", "/dev/", "/dev/../etc", "/dev/mapper/x", "/dev/dm-0", "/dev/VDA",
                            "/dev/1", "/dev/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
        EXPECT_EQ(parse_disk_name(bad).error().code, Code::invalid_argument) << bad;
    EXPECT_EQ(parse_disk_source("nvdimm", "/dev/pmem0").error().code, Code::unimplemented);
}

} // namespace
} // namespace redoubt::guest::mount

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/disk_source.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "common/base/unique_fd.hpp"

namespace redoubt::guest::mount {
namespace {

namespace fs = std::filesystem;

class DiskSourceTest : public testing::Test {
  protected:
    DiskSourceTest() {
        std::string name = "/tmp/kernel-XXXXXX";
        base_ = ::mkdtemp(name.data());
        sysfs_ = base_ / "sys";
        fs::create_directories(base_ / "dev");
    }
    ~DiskSourceTest() override { fs::remove_all(base_); }
    DiskSourceTest(const DiskSourceTest&) = delete;
    DiskSourceTest& operator=(const DiskSourceTest&) = delete;

    /// A folder of sysfs; for a disk or partition, named last, also a node that opens.
    void make(const std::string& path) const {
        fs::create_directories(sysfs_ / path);
        if (path.contains("block")) std::ofstream(base_ / "dev" / fs::path(path).filename());
    }
    [[nodiscard]] std::string node(const std::string& name) const { return (base_ / "dev" / name).native(); }
    Result<std::string> wait(const std::string& driver, const std::string& text,
                             std::optional<std::uint32_t> partition = {},
                             Duration limit = std::chrono::milliseconds(30)) {
        auto source = parse_disk_source(driver, text);
        if (!source) return std::unexpected(source.error());
        asio::io_context io;
        Result<std::string> node;
        asio::co_spawn(io, wait_for_disk(std::move(*source), partition, limit, {sysfs_, base_ / "dev"}),
                       [&](std::exception_ptr, Result<std::string> found) { node = std::move(found); });
        io.run();
        return node;
    }

    fs::path base_;
    fs::path sysfs_;
};

TEST_F(DiskSourceTest, AScsiDiskIsFoundByItsAddress) {
    make("class/scsi_device/2:0:0:5/device/block/sdq");
    make("class/scsi_device/2:0:0:15/device/block/sdr");
    EXPECT_EQ(wait("scsi", "0:5").value(), node("sdq"));
    EXPECT_EQ(wait("erofs.multi-layer", "0:15").value(), node("sdr"));
    EXPECT_EQ(wait("scsi", "0:6").error().message, "SCSI disk 0:6 did not appear within 30 ms");
}

TEST_F(DiskSourceTest, APciDiskIsFoundBelowItsBridges) {
    make("devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio3/block/vdb");
    make("devices/pci0000:00/0000:00:03.0/virtio4/block/vdc");
    make("devices/pci0000:20/0000:20:01.0/0000:21:00.0/virtio5/block/vdd");
    EXPECT_EQ(wait("blk", "02/00").value(), node("vdb"));
    EXPECT_EQ(wait("blk", "03").value(), node("vdc"));
    EXPECT_EQ(wait("blk", "20/01/00").value(), node("vdd"));
    EXPECT_EQ(wait("blk", "02/01").error().message, "PCI disk 02.0/01.0 did not appear within 30 ms");
}

TEST_F(DiskSourceTest, ANamedDiskIsWaitedFor) {
    make("class/block/vda");
    EXPECT_EQ(wait("mmioblk", "/dev/vda").value(), node("vda"));
    EXPECT_EQ(wait("blk", "/dev/vda").value(), node("vda"));
    EXPECT_EQ(wait("mmioblk", "/dev/vdb").error().code, Code::deadline_exceeded);
}

// The kernel adds a disk to sysfs first, then makes its node, and only then lets the node be opened.
TEST_F(DiskSourceTest, ANodeThatDoesNotOpenYetIsWaitedFor) {
    make("class/block/vda");
    fs::remove(node("vda"));
    EXPECT_EQ(wait("blk", "/dev/vda").error().code, Code::deadline_exceeded);
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    node("vda").copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(wait("blk", "/dev/vda").error().code, Code::deadline_exceeded)
        << "ENXIO, as of a disk half made";
    make("class/block/vdb");
    EXPECT_EQ(wait("blk", "/dev/vdb").value(), node("vdb"));
}

TEST_F(DiskSourceTest, APartitionHasItsOwnNode) {
    make("class/block/vda");
    make("class/block/vda3");
    make("class/block/nvme0n1");
    make("class/block/nvme0n1p2");
    EXPECT_EQ(wait("mmioblk", "/dev/vda", 3).value(), node("vda3"));
    EXPECT_EQ(wait("mmioblk", "/dev/nvme0n1", 2).value(), node("nvme0n1p2"));
    EXPECT_EQ(wait("mmioblk", "/dev/vda", 1).error().message,
              "disk /dev/vda partition 1 did not appear within 30 ms");
}

TEST_F(DiskSourceTest, ABusOfScsiIsAskedAtOnce) {
    make("class/scsi_host/host0");
    std::ofstream(sysfs_ / "class/scsi_host/host0/scan");
    EXPECT_FALSE(wait("scsi", "3:4", {}, std::chrono::milliseconds(20)));
    std::string text;
    std::getline(std::ifstream(sysfs_ / "class/scsi_host/host0/scan"), text);
    EXPECT_EQ(text, "0 3 4");
}

TEST_F(DiskSourceTest, ASilentBusIsAsked) {
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

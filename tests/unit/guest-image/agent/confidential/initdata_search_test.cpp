// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/initdata_search.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "common/base/file.hpp"
#include "common/initdata/initdata_disk.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::confidential {
namespace {

using namespace std::chrono_literals;

/// Folders in the places of /dev, whose files are disks, and of /sys.
class InitdataSearchTest : public ttrpc::ConnectionTest {
  protected:
    InitdataSearchTest() {
        std::string name = "/tmp/initdata-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        std::filesystem::create_directories(kernel_.dev = folder_ / "dev");
        std::filesystem::create_directories((kernel_.sysfs = folder_ / "sys") / "class/scsi_host/host0");
    }
    ~InitdataSearchTest() override { std::filesystem::remove_all(folder_); }
    InitdataSearchTest(const InitdataSearchTest&) = delete;
    InitdataSearchTest& operator=(const InitdataSearchTest&) = delete;

    void put(const char* disk, const std::string& bytes) {
        ASSERT_TRUE(write_file(kernel_.dev / disk, bytes));
    }
    Result<std::string> find(Duration patience = 100ms) { return run(find_initdata(patience, kernel_)); }

    std::filesystem::path folder_;
    mount::KernelFolders kernel_;
};

TEST_F(InitdataSearchTest, FindsTheTextAmongOtherDisks) {
    put("sda", std::string(512, '\0'));
    put("sdb", "short");
    put("vdab", initdata::make_disk("the text").value());
    EXPECT_EQ(find(), "the text");
}

TEST_F(InitdataSearchTest, AsksTheBusForItsDisksOnce) {
    const auto bus = kernel_.sysfs / "class/scsi_host/host0/scan";
    ASSERT_TRUE(write_file(bus, ""));
    EXPECT_EQ(find().error().code, Code::not_found);
    EXPECT_EQ(read_file(bus), "0 0 -");
}

TEST_F(InitdataSearchTest, LooksAtNothingThatIsNoDisk) {
    const auto disk = initdata::make_disk("the text").value();
    for (const char* name : {"sd", "sda1", "nvme0n1", "vport0p1", "dm-0", "sdA", "loop0"}) put(name, disk);
    EXPECT_EQ(find().error().code, Code::not_found);
}

TEST_F(InitdataSearchTest, WaitsForADiskThatComesLate) {
    asio::steady_timer later(context_, 60ms);
    later.async_wait(
        [&](const boost::system::error_code&) { put("sdc", initdata::make_disk("late").value()); });
    EXPECT_EQ(find(20s), "late");
}

TEST_F(InitdataSearchTest, NamesTheDiskThatIsDamaged) {
    auto disk = initdata::make_disk("the text").value();
    disk[30] = static_cast<char>(disk[30] ^ 0x55); // behind gzip's own header
    put("sdb", disk);
    const auto damaged = find();
    ASSERT_FALSE(damaged);
    EXPECT_TRUE(damaged.error().message.contains("sdb")) << damaged.error().message;
    put("sdb", disk.substr(0, 24));
    EXPECT_FALSE(find());
}

} // namespace
} // namespace redoubt::guest::confidential

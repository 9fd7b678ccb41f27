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

/// A folder in the place of /dev, whose files are disks.
class InitdataSearchTest : public ttrpc::ConnectionTest {
  protected:
    InitdataSearchTest() {
        std::string name = "/tmp/dev-XXXXXX";
        dev_ = ::mkdtemp(name.data());
    }
    ~InitdataSearchTest() override { std::filesystem::remove_all(dev_); }
    InitdataSearchTest(const InitdataSearchTest&) = delete;
    InitdataSearchTest& operator=(const InitdataSearchTest&) = delete;

    void put(const char* disk, const std::string& bytes) { ASSERT_TRUE(write_file(dev_ / disk, bytes)); }
    Result<std::string> find(Duration patience = 100ms) { return run(find_initdata(patience, dev_)); }

    std::filesystem::path dev_;
};

TEST_F(InitdataSearchTest, FindsTheTextAmongOtherDisks) {
    put("sda", std::string(512, '\0'));
    put("sdb", "short");
    put("vdab", initdata::make_disk("the text").value());
    EXPECT_EQ(find(), "the text");
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

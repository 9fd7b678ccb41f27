// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/guest_upkeep.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/base/file.hpp"

namespace redoubt::guest::sandbox {
namespace {

namespace fs = std::filesystem;

class GuestUpkeepTest : public testing::Test {
  protected:
    GuestUpkeepTest() {
        std::string name = "/tmp/upkeep-XXXXXX";
        sysfs_ = ::mkdtemp(name.data());
    }
    ~GuestUpkeepTest() override { fs::remove_all(sysfs_); }
    GuestUpkeepTest(const GuestUpkeepTest&) = delete;
    GuestUpkeepTest& operator=(const GuestUpkeepTest&) = delete;

    void write(const std::string& path, const std::string& text) const {
        fs::create_directories((sysfs_ / path).parent_path());
        std::ofstream(sysfs_ / path) << text;
    }
    [[nodiscard]] std::string text(const std::string& path) const {
        return read_file(sysfs_ / path).value_or("?");
    }
    Status online(OnlineRequest request) {
        asio::io_context io;
        Status outcome;
        asio::co_spawn(io, bring_online(request, std::chrono::milliseconds(60), sysfs_),
                       [&](std::exception_ptr, Status done) { outcome = std::move(done); });
        io.run();
        return outcome;
    }

    fs::path sysfs_;
};

TEST_F(GuestUpkeepTest, BringsPluggedHardwareIntoUse) {
    write("devices/system/cpu/cpu1/online", "0\n");
    write("devices/system/cpu/cpu2/online", "1\n");
    write("devices/system/memory/memory7/state", "offline\n");
    ASSERT_TRUE(online({.processors = 1, .is_awaited = true}));
    EXPECT_EQ(text("devices/system/cpu/cpu1/online")[0], '1');
    EXPECT_EQ(text("devices/system/memory/memory7/state").substr(0, 6), "online");
}

TEST_F(GuestUpkeepTest, LeavesMemoryAloneWhenToldSo) {
    write("devices/system/memory/memory7/state", "offline\n");
    ASSERT_TRUE(online({.has_memory = false}));
    EXPECT_EQ(text("devices/system/memory/memory7/state"), "offline\n");
}

TEST_F(GuestUpkeepTest, SaysHowManyProcessorsHaveCome) {
    write("devices/system/cpu/cpu1/online", "0\n");
    EXPECT_EQ(online({.processors = 2, .is_awaited = true}).error().message, "1 of 2 processors have come");
    EXPECT_TRUE(online({.processors = 2}));
}

TEST_F(GuestUpkeepTest, ProbesMemoryWhereTheKernelTakesIt) {
    EXPECT_EQ(probe_memory({1}, sysfs_).error().code, Code::failed_precondition);
    write("devices/system/memory/probe", "");
    ASSERT_TRUE(probe_memory({0x100000000}, sysfs_));
    EXPECT_EQ(text("devices/system/memory/probe"), "0x100000000");
}

TEST_F(GuestUpkeepTest, RefusesWhatIsNoTime) {
    EXPECT_EQ(set_clock(-1, 0).error().code, Code::invalid_argument);
    EXPECT_EQ(set_clock(0, 1'000'000).error().code, Code::invalid_argument);
}

TEST_F(GuestUpkeepTest, RefusesWhatIsNoSeed) {
    EXPECT_EQ(reseed_random("", HostEntropy::credited).error().code, Code::invalid_argument);
    EXPECT_EQ(reseed_random(std::string(4097, 'x'), HostEntropy::uncredited).error().code,
              Code::invalid_argument);
}

} // namespace
} // namespace redoubt::guest::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/containers/copy_up.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <optional>

#include "common/base/file.hpp"

namespace redoubt::containers {
namespace {

namespace fs = std::filesystem;

class CopyUp : public testing::Test {
  protected:
    void SetUp() override {
        fs::remove_all(base_);
        fs::create_directories(from_ / "below" / "deeper");
        fs::create_directories(to_);
    }
    void TearDown() override { fs::remove_all(base_); }

    Status copy() {
        auto from = open_file(from_, O_RDONLY | O_DIRECTORY);
        auto to = open_file(to_, O_RDONLY | O_DIRECTORY);
        asio::io_context context;
        std::optional<Status> out;
        asio::co_spawn(context, copy_up(std::move(*from), std::move(*to)),
                       [&out](const std::exception_ptr& error, Status status) {
                           EXPECT_FALSE(error);
                           out = std::move(status);
                       });
        context.run();
        return out.value_or(fail(Code::unknown, "not run"));
    }

    fs::path base_ = fs::path(testing::TempDir()) / "redoubt-copy-up";
    fs::path from_ = base_ / "from";
    fs::path to_ = base_ / "to";
};

TEST_F(CopyUp, CopiesFilesFoldersAndLinksAsTheyAre) {
    const std::string large(20U << 20U, 'x');
    ASSERT_TRUE(write_file(from_ / "below" / "deeper" / "large", large));
    ASSERT_TRUE(write_file(from_ / "below" / "script", "#!"));
    ASSERT_EQ(::chmod((from_ / "below" / "script").c_str(), 04750), 0);
    ASSERT_EQ(::chmod(from_.c_str(), 0710), 0);
    fs::create_symlink("/etc/shadow", from_ / "link");
    for (int i = 0; i < 600; ++i) ASSERT_TRUE(write_file(from_ / "below" / std::to_string(i), "."));
    const auto copied = copy();
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(read_file(to_ / "below" / "deeper" / "large", 64U << 20U).value(), large);
    EXPECT_EQ(fs::read_symlink(to_ / "link"), "/etc/shadow");
    struct stat status{};
    ASSERT_EQ(::stat((to_ / "below" / "script").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 04750U);
    EXPECT_EQ(fs::last_write_time(to_ / "below" / "script"), fs::last_write_time(from_ / "below" / "script"));
    ASSERT_EQ(::stat(to_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0710U);
    EXPECT_EQ(std::distance(fs::directory_iterator(to_ / "below"), fs::directory_iterator()), 602);
}

TEST_F(CopyUp, WhatHasSomethingStaysAsItIs) {
    ASSERT_TRUE(write_file(from_ / "file", "image"));
    ASSERT_TRUE(write_file(to_ / "mine", "mine"));
    ASSERT_TRUE(copy());
    EXPECT_FALSE(fs::exists(to_ / "file"));
}

TEST_F(CopyUp, LeavesSocketsAndDevicesOut) {
    ASSERT_EQ(::mkfifo((from_ / "pipe").c_str(), 0600), 0);
    ASSERT_TRUE(copy());
    EXPECT_FALSE(fs::exists(to_ / "pipe"));
    EXPECT_TRUE(fs::is_directory(to_ / "below"));
}

} // namespace
} // namespace redoubt::containers

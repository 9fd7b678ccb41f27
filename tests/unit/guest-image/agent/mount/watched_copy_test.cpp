// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/watched_copy.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/base/file.hpp"

namespace redoubt::guest::mount {
namespace {

namespace fs = std::filesystem;

class WatchedCopyTest : public testing::Test {
  protected:
    WatchedCopyTest() {
        std::string name = "/tmp/watched-XXXXXX";
        base_ = ::mkdtemp(name.data());
        fs::create_directory(base_ / "from");
        fs::create_directory(base_ / "to");
    }
    ~WatchedCopyTest() override { fs::remove_all(base_); }
    WatchedCopyTest(const WatchedCopyTest&) = delete;
    WatchedCopyTest& operator=(const WatchedCopyTest&) = delete;

    [[nodiscard]] Result<WatchedCopy> open(const std::string& from = "from",
                                           const std::string& to = "to") const {
        return WatchedCopy::open(*open_file(base_ / from, O_PATH), *open_file(base_ / to, O_PATH));
    }
    void write(const std::string& path, const std::string& text) const {
        std::ofstream(base_ / path) << text;
    }
    [[nodiscard]] std::string text(const std::string& path) const {
        return read_file(base_ / path).value_or("?");
    }

    fs::path base_;
};

TEST_F(WatchedCopyTest, FollowsFilesAsTheyComeChangeAndGo) {
    write("from/a", "1");
    auto copy = open();
    ASSERT_TRUE(copy) << copy.error().message;
    EXPECT_EQ(text("to/a"), "1");
    write("from/a", "22");
    write("from/b", "3");
    ASSERT_TRUE(copy->update());
    EXPECT_EQ(text("to/a"), "22");
    EXPECT_EQ(text("to/b"), "3");
    fs::remove(base_ / "from/a");
    ASSERT_TRUE(copy->update());
    EXPECT_FALSE(fs::exists(base_ / "to/a"));
    copy->clear();
    EXPECT_TRUE(fs::is_empty(base_ / "to"));
}

TEST_F(WatchedCopyTest, LeavesWhatHasNotChangedAlone) {
    write("from/a", "1");
    auto copy = open();
    ASSERT_TRUE(copy);
    struct stat before{};
    ASSERT_EQ(::stat((base_ / "to/a").c_str(), &before), 0);
    ASSERT_TRUE(copy->update());
    struct stat after{};
    ASSERT_EQ(::stat((base_ / "to/a").c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(WatchedCopyTest, FollowsTheSwitchOfAKubernetesVolume) {
    fs::create_directory(base_ / "from/..1");
    write("from/..1/key", "old");
    fs::create_symlink("..1", base_ / "from/..data");
    fs::create_symlink("..data/key", base_ / "from/key");
    auto copy = open();
    ASSERT_TRUE(copy) << copy.error().message;
    EXPECT_EQ(text("to/key"), "old");
    fs::create_directory(base_ / "from/..2");
    write("from/..2/key", "new");
    fs::create_symlink("..2", base_ / "from/..tmp");
    fs::rename(base_ / "from/..tmp", base_ / "from/..data");
    fs::remove_all(base_ / "from/..1");
    ASSERT_TRUE(copy->update());
    EXPECT_EQ(text("to/key"), "new");
    EXPECT_FALSE(fs::exists(base_ / "to/..1"));
}

TEST_F(WatchedCopyTest, AnEntryMayBecomeAnotherKindOfThing) {
    write("from/a", "1");
    auto copy = open();
    ASSERT_TRUE(copy);
    fs::remove(base_ / "from/a");
    fs::create_directory(base_ / "from/a");
    write("from/a/b", "2");
    ASSERT_TRUE(copy->update());
    EXPECT_EQ(text("to/a/b"), "2");
    fs::remove_all(base_ / "from/a");
    write("from/a", "3");
    ASSERT_TRUE(copy->update());
    EXPECT_EQ(text("to/a"), "3");
}

TEST_F(WatchedCopyTest, ASingleFileIsWrittenInPlace) {
    write("from/a", "1");
    write("to/a", "");
    auto copy = open("from/a", "to/a");
    ASSERT_TRUE(copy) << copy.error().message;
    const auto seen = open_file(base_ / "to/a", O_RDONLY);
    write("from/a", "twelve");
    ASSERT_TRUE(copy->update());
    std::string content(6, '\0');
    EXPECT_EQ(::pread(seen->get(), content.data(), content.size(), 0), 6);
    EXPECT_EQ(content, "twelve");
}

TEST_F(WatchedCopyTest, HasBounds) {
    write("from/large", std::string(WatchedCopy::k_max_bytes + 1, 'x'));
    EXPECT_EQ(open().error().code, Code::resource_exhausted);
    EXPECT_TRUE(fs::is_empty(base_ / "to"));
    fs::remove(base_ / "from/large");
    for (std::size_t i = 0; i <= WatchedCopy::k_max_entries; ++i) write("from/" + std::to_string(i), "x");
    EXPECT_EQ(open().error().code, Code::resource_exhausted);
    fs::create_symlink("/etc", base_ / "link");
    EXPECT_FALSE(
        WatchedCopy::open(*open_file(base_ / "link", O_PATH | O_NOFOLLOW), *open_file(base_ / "to", O_PATH)));
}

TEST_F(WatchedCopyTest, ALinkInTheSourceIsALinkInTheCopy) {
    fs::create_symlink("/etc/passwd", base_ / "from/link");
    const auto copy = open();
    ASSERT_TRUE(copy);
    EXPECT_TRUE(fs::is_symlink(base_ / "to/link"));
}

} // namespace
} // namespace redoubt::guest::mount

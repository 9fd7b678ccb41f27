// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/safe_open.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/base/file.hpp"

namespace redoubt {
namespace {

namespace fs = std::filesystem;

class SafeOpenTest : public testing::Test {
  protected:
    SafeOpenTest() {
        std::string name = "/tmp/safe-open-XXXXXX";
        outside_ = ::mkdtemp(name.data());
        root_ = outside_ / "root";
        fs::create_directories(root_ / "folder/deep");
        std::ofstream(root_ / "folder/file") << "inside";
        std::ofstream(outside_ / "secret") << "outside";
        fd_ = open_file(root_, O_PATH | O_DIRECTORY).value();
    }
    ~SafeOpenTest() override { fs::remove_all(outside_); }
    SafeOpenTest(const SafeOpenTest&) = delete;
    SafeOpenTest& operator=(const SafeOpenTest&) = delete;

    fs::path outside_, root_;
    UniqueFd fd_;
};

TEST_F(SafeOpenTest, BeneathOpensPlainPaths) {
    for (const char* path : {"folder/file", "/folder/file", "folder/./file", "folder/deep/../file"})
        EXPECT_TRUE(open_beneath(fd_.get(), path, O_RDONLY)) << path;
    EXPECT_TRUE(open_beneath(fd_.get(), "", O_PATH));
    EXPECT_TRUE(open_beneath(fd_.get(), "/", O_PATH));
}

TEST_F(SafeOpenTest, BeneathFollowsNoLinkAndLeavesNever) {
    fs::create_symlink("file", root_ / "folder/link");
    fs::create_directory_symlink(outside_, root_ / "out");
    for (const char* path : {"folder/link", "out/secret", "../secret", "folder/../../secret", "out"})
        EXPECT_EQ(open_beneath(fd_.get(), path, O_RDONLY).error().code, Code::invalid_argument) << path;
    EXPECT_EQ(open_beneath(fd_.get(), "nosuch", O_RDONLY).error().code, Code::not_found);
}

TEST_F(SafeOpenTest, InRootFollowsLinksInside) {
    fs::create_symlink("/folder/file", root_ / "absolute");
    fs::create_symlink("../../../folder/file", root_ / "folder/up");
    fs::create_symlink(outside_ / "secret", root_ / "leak");
    EXPECT_TRUE(open_in_root(fd_.get(), "/absolute", O_RDONLY));
    EXPECT_TRUE(open_in_root(fd_.get(), "folder/up", O_RDONLY));
    EXPECT_TRUE(open_in_root(fd_.get(), "../../folder/file", O_RDONLY));
    EXPECT_EQ(open_in_root(fd_.get(), "leak", O_RDONLY).error().code, Code::not_found);
}

TEST_F(SafeOpenTest, CreateMakesWhatIsMissing) {
    ASSERT_TRUE(create_in_root(fd_.get(), "/a/b/c", NodeKind::folder));
    ASSERT_TRUE(create_in_root(fd_.get(), "a/b/file", NodeKind::file));
    EXPECT_TRUE(fs::is_directory(root_ / "a/b/c"));
    EXPECT_TRUE(fs::is_regular_file(root_ / "a/b/file"));
    EXPECT_TRUE(create_in_root(fd_.get(), "a/b/file", NodeKind::file)) << "what is there is opened";
}

TEST_F(SafeOpenTest, CreateFollowsDanglingLinksInsideOnly) {
    fs::create_symlink(outside_ / "new/file", root_ / "absolute");
    fs::create_symlink("../../../new/other", root_ / "folder/relative");
    ASSERT_TRUE(create_in_root(fd_.get(), "absolute", NodeKind::file));
    ASSERT_TRUE(create_in_root(fd_.get(), "folder/relative", NodeKind::file));
    EXPECT_FALSE(fs::exists(outside_ / "new"));
    EXPECT_TRUE(fs::exists(root_.native() + (outside_ / "new/file").native()));
    EXPECT_TRUE(fs::exists(root_ / "new/other"));
}

TEST_F(SafeOpenTest, CreateGivesUpOnLinksThatGoRound) {
    fs::create_symlink("b", root_ / "a");
    fs::create_symlink("a", root_ / "b");
    EXPECT_EQ(create_in_root(fd_.get(), "a/file", NodeKind::file).error().code, Code::invalid_argument);
}

TEST_F(SafeOpenTest, CreateDoesNotTurnAFileIntoAFolder) {
    EXPECT_FALSE(create_in_root(fd_.get(), "folder/file/x", NodeKind::file));
}

} // namespace
} // namespace redoubt

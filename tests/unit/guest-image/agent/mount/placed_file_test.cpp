// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/placed_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "common/base/file.hpp"

namespace redoubt::guest::mount {
namespace {

namespace fs = std::filesystem;

class PlacedFileTest : public testing::Test {
  protected:
    PlacedFileTest() {
        std::string name = "/tmp/placed-XXXXXX";
        root_ = fs::path(::mkdtemp(name.data())) / "root";
        fs::create_directory(root_);
        fd_ = *open_file(root_, O_PATH | O_DIRECTORY);
    }
    ~PlacedFileTest() override { fs::remove_all(root_.parent_path()); }
    PlacedFileTest(const PlacedFileTest&) = delete;
    PlacedFileTest& operator=(const PlacedFileTest&) = delete;

    static PlacedFile file(const std::string& path, const std::string& data) {
        return {
            .path = path, .size = data.size(), .mode = S_IFREG | 0640, .uid = 11, .gid = 12, .data = data};
    }
    Status place(const PlacedFile& placed) const { return place_file(fd_.get(), placed); }
    [[nodiscard]] std::string text(const std::string& path) const {
        return read_file(root_ / path).value_or("?");
    }
    [[nodiscard]] struct stat stat_of(const std::string& path) const {
        struct stat status{};
        ::lstat((root_ / path).c_str(), &status);
        return status;
    }

    fs::path root_;
    UniqueFd fd_;
};

TEST_F(PlacedFileTest, HasItsContentModeAndOwner) {
    ASSERT_TRUE(place(file("a", "content")));
    EXPECT_EQ(text("a"), "content");
    EXPECT_EQ(stat_of("a").st_mode, static_cast<mode_t>(S_IFREG | 0640));
    EXPECT_EQ(stat_of("a").st_uid, 11U);
    EXPECT_EQ(stat_of("a").st_gid, 12U);
    ASSERT_TRUE(place(file("a", "")));
    EXPECT_EQ(text("a"), "");
}

TEST_F(PlacedFileTest, AppearsWhenItsLastPieceHasCome) {
    auto piece = file("a", "abc");
    piece.size = 6;
    ASSERT_TRUE(place(piece));
    EXPECT_FALSE(fs::exists(root_ / "a"));
    piece.offset = 3;
    piece.data = "def";
    ASSERT_TRUE(place(piece));
    EXPECT_EQ(text("a"), "abcdef");
    EXPECT_EQ(std::distance(fs::directory_iterator(root_), {}), 1);
}

TEST_F(PlacedFileTest, APieceThatLeavesAGapIsRefused) {
    auto piece = file("a", "x");
    piece.size = 10;
    piece.offset = 5;
    EXPECT_EQ(place(piece).error().code, Code::out_of_range);
    piece.offset = 0;
    ASSERT_TRUE(place(piece));
    piece.offset = 5;
    EXPECT_EQ(place(piece).error().code, Code::out_of_range);
    piece.offset = 10;
    EXPECT_EQ(place(piece).error().code, Code::invalid_argument);
    piece.size = k_max_placed_file + 1;
    EXPECT_EQ(place(piece).error().code, Code::invalid_argument);
}

TEST_F(PlacedFileTest, FoldersAreMadeWithTheirMode) {
    auto nested = file("x/y/a", "1");
    nested.folder_mode = 0700;
    ASSERT_TRUE(place(nested));
    EXPECT_EQ(stat_of("x/y").st_mode & 07777, 0700U);
    PlacedFile folder{.path = "x/y", .mode = S_IFDIR | 0751, .uid = 5, .gid = 6};
    ASSERT_TRUE(place(folder));
    EXPECT_EQ(stat_of("x/y").st_mode & 07777, 0751U);
    EXPECT_EQ(text("x/y/a"), "1") << "an existing folder keeps what is in it";
    folder.path = "x/y/a";
    ASSERT_TRUE(place(folder));
    EXPECT_TRUE(fs::is_directory(root_ / "x/y/a")) << "what is no folder gives way to one";
}

TEST_F(PlacedFileTest, LinksAreMadeAndReplaced) {
    PlacedFile link{.path = "..data", .mode = S_IFLNK | 0777, .uid = 5, .gid = 6, .data = "..1"};
    ASSERT_TRUE(place(link));
    link.data = "..2";
    ASSERT_TRUE(place(link));
    EXPECT_EQ(fs::read_symlink(root_ / "..data"), "..2");
    EXPECT_EQ(stat_of("..data").st_uid, 5U);
    ASSERT_TRUE(place(file("..data2", "x")));
    link.data = "";
    EXPECT_EQ(place(link).error().code, Code::invalid_argument);
}

TEST_F(PlacedFileTest, NoLinkLeadsOut) {
    const auto outside = root_.parent_path() / "outside";
    fs::create_directory(outside);
    fs::create_symlink(outside, root_ / "out");
    fs::create_symlink("../outside", root_ / "up");
    fs::create_symlink(outside / "file", root_ / "leaf");
    std::ofstream(outside / "file") << "safe";
    EXPECT_FALSE(fs::exists(outside / "a"));
    std::ignore = place(file("out/a", "x"));
    std::ignore = place(file("up/a", "x"));
    ASSERT_TRUE(place(file("leaf", "new")));
    EXPECT_FALSE(fs::exists(outside / "a"));
    EXPECT_EQ(read_file(outside / "file").value(), "safe");
    EXPECT_EQ(text("leaf"), "new");
}

TEST_F(PlacedFileTest, RefusesWhatIsNoFileOfItsFolder) {
    for (const char* bad : {"", ".", "..", "a/", "a/..", "/"})
        EXPECT_EQ(place(file(bad, "x")).error().code, Code::invalid_argument) << bad;
    PlacedFile device{.path = "d", .mode = S_IFCHR | 0600};
    EXPECT_EQ(place(device).error().code, Code::invalid_argument);
    auto nobody = file("a", "x");
    nobody.uid = ~0U;
    EXPECT_EQ(place(nobody).error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::guest::mount

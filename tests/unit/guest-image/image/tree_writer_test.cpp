// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/tree_writer.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/file.hpp"
#include "tests/unit/guest-image/image/image_maker.hpp"

namespace redoubt::guest::image {
namespace {

using oci::EntryKind;
using oci::LayerEntry;

struct stat look_at(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
}

LayerEntry owned(LayerEntry entry) {
    entry.uid = ::getuid();
    entry.gid = ::getgid();
    return entry;
}

Status write(TreeWriter& writer, const LayerEntry& entry, std::string_view bytes = {}) {
    RDT_CHECK(writer.begin(owned(entry)));
    RDT_CHECK(writer.data(bytes));
    return writer.end();
}

TEST(TreeWriter, WritesFilesWithTheirModesAndTimes) {
    const maker::Folder folder;
    TreeWriter writer(folder.open());
    ASSERT_TRUE(
        write(writer, {.path = "bin", .kind = EntryKind::directory, .mode = 0555, .mtime_seconds = 7}));
    ASSERT_TRUE(
        write(writer, {.path = "bin/run", .kind = EntryKind::file, .mode = 04755, .mtime_seconds = 9}, "#!"));
    ASSERT_TRUE(write(writer, {.path = "bin/link", .kind = EntryKind::symlink, .link = "/etc/passwd"}));
    ASSERT_TRUE(write(writer, {.path = "hard", .kind = EntryKind::hard_link, .link = "bin/run"}));
    ASSERT_TRUE(write(writer, {.path = "pipe", .kind = EntryKind::fifo, .mode = 0600}));
    ASSERT_TRUE(writer.finish());
    EXPECT_EQ(look_at(folder.path() / "bin").st_mode, S_IFDIR | 0555U);
    EXPECT_EQ(look_at(folder.path() / "bin").st_mtim.tv_sec, 7);
    EXPECT_EQ(look_at(folder.path() / "bin/run").st_mode, S_IFREG | 04755U);
    EXPECT_EQ(look_at(folder.path() / "bin/run").st_mtim.tv_sec, 9);
    EXPECT_EQ(look_at(folder.path() / "hard").st_ino, look_at(folder.path() / "bin/run").st_ino);
    EXPECT_EQ(std::filesystem::read_symlink(folder.path() / "bin/link"), "/etc/passwd");
    EXPECT_EQ(read_file(folder.path() / "hard"), "#!");
    EXPECT_TRUE(S_ISFIFO(look_at(folder.path() / "pipe").st_mode));
}

TEST(TreeWriter, MakesAFolderThatComesBehindWhatIsInIt) {
    const maker::Folder folder;
    TreeWriter writer(folder.open());
    ASSERT_TRUE(write(writer, {.path = "a/b/c", .kind = EntryKind::file, .mode = 0600}, "x"));
    ASSERT_TRUE(write(writer, {.path = "a", .kind = EntryKind::directory, .mode = 0700}));
    ASSERT_TRUE(writer.finish());
    EXPECT_EQ(look_at(folder.path() / "a").st_mode, S_IFDIR | 0700U);
    EXPECT_EQ(read_file(folder.path() / "a/b/c"), "x");
}

TEST(TreeWriter, FollowsNoLinkOnItsWay) {
    const maker::Folder outside;
    const maker::Folder folder;
    TreeWriter writer(folder.open());
    ASSERT_TRUE(write(writer, {.path = "way", .kind = EntryKind::symlink, .link = outside.path().native()}));
    EXPECT_FALSE(write(writer, {.path = "way/file", .kind = EntryKind::file, .mode = 0600}, "x"));
    EXPECT_TRUE(std::filesystem::is_empty(outside.path()));
}

TEST(TreeWriter, MarksWhatALayerHides) {
    const maker::Folder folder;
    TreeWriter writer(folder.open());
    ASSERT_TRUE(write(writer, {.path = "gone", .kind = EntryKind::character_device}));
    ASSERT_TRUE(writer.finish());
    const auto status = look_at(folder.path() / "gone");
    EXPECT_TRUE(S_ISCHR(status.st_mode));
    EXPECT_EQ(status.st_rdev, 0U);
}

TEST(TreeWriter, RefusesWhatIsNoNormalForm) {
    const maker::Folder folder;
    TreeWriter writer(folder.open());
    EXPECT_EQ(writer.begin({.path = "disk", .kind = EntryKind::block_device}).error(),
              (Error{Code::internal, "'disk': not of a layer's normal form"}));
}

} // namespace
} // namespace redoubt::guest::image

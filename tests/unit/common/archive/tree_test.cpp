// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/archive/tree_packer.hpp"
#include "common/archive/tree_unpacker.hpp"
#include "common/base/file.hpp"

namespace redoubt::archive {
namespace {

namespace fs = std::filesystem;

class Tree : public testing::Test {
  protected:
    Tree() {
        std::string name = testing::TempDir() + "tree-XXXXXX";
        base_ = ::mkdtemp(name.data());
        fs::create_directories(base_ / "from");
        fs::create_directories(base_ / "to");
    }
    ~Tree() override { fs::remove_all(base_); }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    std::string pack(const fs::path& path, const std::string& name) const {
        TreePacker packer(open_file(path, O_PATH).value(), name);
        std::string archive;
        while (true) {
            const auto piece = packer.next();
            EXPECT_TRUE(piece) << piece.error().message;
            if (!piece || piece->empty()) return archive;
            archive += *piece;
        }
    }
    Status unpack(const std::string& archive, UnpackRules rules = {}, const std::string& folder = "") const {
        TreeUnpacker unpacker(open_file(base_ / "to", O_PATH | O_DIRECTORY).value(), folder, rules);
        RDT_CHECK(unpacker.feed(archive));
        RDT_CHECK(unpacker.finish());
        return {};
    }
    static std::string content(const fs::path& path) { return read_file(path).value_or("(none)"); }
    static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

    fs::path base_;
};

Entry file(const std::string& path) {
    return {.path = path, .mode = 0644};
}

TEST_F(Tree, ComesOutAsItWentIn) {
    const auto from = base_ / "from";
    fs::create_directories(from / "d/empty");
    write(from / "d/large", std::string(700'000, 'x'));
    write(from / "d/small", "s");
    write(from / "d/nothing", "");
    fs::create_symlink("/nowhere", from / "d/link");
    fs::create_hard_link(from / "d/small", from / "d/twin");
    ASSERT_EQ(::mkfifo((from / "d/pipe").c_str(), 0600), 0);
    fs::permissions(from / "d/small", fs::perms(0640));
    fs::permissions(from / "d/empty", fs::perms(0555));
    ASSERT_TRUE(unpack(pack(from, "copy")));
    const auto to = base_ / "to/copy/d";
    EXPECT_EQ(content(to / "large"), std::string(700'000, 'x'));
    EXPECT_EQ(content(to / "nothing"), "");
    EXPECT_EQ(fs::read_symlink(to / "link"), "/nowhere");
    EXPECT_TRUE(fs::equivalent(to / "small", to / "twin"));
    EXPECT_TRUE(fs::is_fifo(to / "pipe"));
    EXPECT_EQ(fs::status(to / "small").permissions(), fs::perms(0640));
    EXPECT_EQ(fs::status(to / "empty").permissions(), fs::perms(0555));
    EXPECT_EQ(fs::last_write_time(to / "small"), fs::last_write_time(from / "d/small"));
}

TEST_F(Tree, TheContentOfAFolderGoesIntoAnother) {
    write(base_ / "from/a", "a");
    ASSERT_TRUE(unpack(pack(base_ / "from", ".")));
    EXPECT_EQ(content(base_ / "to/a"), "a");
}

TEST_F(Tree, LeavesItsFolderByNoName) {
    for (const auto* name : {"../evil", "a/../../evil", "/../evil"}) {
        const auto unpacked = unpack(render_entry(file(name)) + render_end());
        ASSERT_FALSE(unpacked) << name;
        EXPECT_EQ(unpacked.error().code, Code::invalid_argument);
    }
    EXPECT_FALSE(fs::exists(base_ / "evil"));
    ASSERT_TRUE(unpack(render_entry(file("/absolute")) + render_end()));
    EXPECT_TRUE(fs::exists(base_ / "to/absolute"));
}

TEST_F(Tree, FollowsNoLinkThatItMade) {
    const Entry link{.path = "way", .kind = EntryKind::symbolic_link, .link = ".."};
    EXPECT_FALSE(unpack(render_entry(link) + render_entry(file("way/evil")) + render_end()));
    EXPECT_FALSE(fs::exists(base_ / "evil"));
    // A file in the place of a link replaces it and is not written through it.
    const Entry trap{.path = "trap", .kind = EntryKind::symbolic_link, .link = "../target"};
    write(base_ / "target", "untouched");
    Entry bad = file("trap");
    bad.size_bytes = 4;
    ASSERT_TRUE(
        unpack(render_entry(trap) + render_entry(bad) + "evil" + std::string(508, '\0') + render_end()));
    EXPECT_EQ(content(base_ / "target"), "untouched");
    EXPECT_EQ(content(base_ / "to/trap"), "evil");
}

TEST_F(Tree, FollowsLinksOfAContainerInsideIt) {
    fs::create_directories(base_ / "to/usr/lib");
    fs::create_symlink("/usr/lib", base_ / "to/lib");
    fs::create_symlink("../../..", base_ / "to/usr/up");
    const UnpackRules rules{.links = LinkRule::follow_inside};
    ASSERT_TRUE(unpack(render_entry(file("x.so")) + render_end(), rules, "/lib"));
    EXPECT_TRUE(fs::exists(base_ / "to/usr/lib/x.so"));
    ASSERT_TRUE(unpack(render_entry(file("up/y")) + render_end(), rules, "/usr"));
    EXPECT_TRUE(fs::exists(base_ / "to/y")) << "beyond the root is the root";
}

TEST_F(Tree, DropsSetIdBitsAndTakesNoDevices) {
    Entry program = file("su");
    program.mode = 06755;
    ASSERT_TRUE(unpack(render_entry(program) + render_end()));
    EXPECT_EQ(fs::status(base_ / "to/su").permissions(), fs::perms(0755));
    const Entry device{.path = "sda", .kind = EntryKind::block_device, .device_major = 8};
    EXPECT_EQ(unpack(render_entry(device) + render_end()).error().code, Code::permission_denied);
}

TEST_F(Tree, ReplacesAFolderByAFileOnlyWhenTold) {
    fs::create_directories(base_ / "to/x/deep");
    write(base_ / "to/x/deep/f", "f");
    write(base_ / "to/y", "y");
    const auto over_folder = render_entry(file("x")) + render_end();
    const auto over_file =
        render_entry({.path = "y", .kind = EntryKind::folder, .mode = 0755}) + render_end();
    EXPECT_EQ(unpack(over_folder).error().code, Code::already_exists);
    EXPECT_EQ(unpack(over_file).error().code, Code::already_exists);
    ASSERT_TRUE(unpack(over_folder, {.allows_overwrite = true}));
    ASSERT_TRUE(unpack(over_file, {.allows_overwrite = true}));
    EXPECT_TRUE(fs::is_regular_file(base_ / "to/x"));
    EXPECT_TRUE(fs::is_directory(base_ / "to/y"));
}

} // namespace
} // namespace redoubt::archive

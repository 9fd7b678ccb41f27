// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/mount.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <array>
#include <string>
#include <vector>

namespace redoubt {
namespace {

MountOptions parse(const std::vector<std::string>& words) {
    return parse_mount_options(words);
}

TEST(MountOptions, SortsAttributesFromTheFilesystemsOwnWords) {
    const auto options = parse({"nosuid", "nodev", "size=64m", "mode=755", "defaults", "ro"});
    EXPECT_EQ(options.set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
    EXPECT_EQ(options.data, (std::vector<std::string>{"size=64m", "mode=755"}));
    EXPECT_EQ(options.bind, BindKind::none);
}

TEST(MountOptions, TheLaterWordWins) {
    EXPECT_EQ(parse({"ro", "rw"}).set, 0U);
    EXPECT_EQ(parse({"ro", "rw"}).clear, MOUNT_ATTR_RDONLY);
    EXPECT_EQ(parse({"rw", "ro"}).set, MOUNT_ATTR_RDONLY);
    EXPECT_EQ(parse({"rw", "ro"}).clear, 0U);
}

TEST(MountOptions, AccessTimesAreOneField) {
    const auto options = parse({"noatime", "strictatime"});
    EXPECT_EQ(options.set, MOUNT_ATTR_STRICTATIME);
    EXPECT_EQ(parse({"strictatime", "relatime"}).set, MOUNT_ATTR_RELATIME);
}

TEST(MountOptions, KnowsBindsAndPropagation) {
    const auto options = parse({"rbind", "rslave"});
    EXPECT_EQ(options.bind, BindKind::recursive);
    EXPECT_EQ(options.propagation, MS_SLAVE | MS_REC);
    EXPECT_EQ(parse({"bind"}).bind, BindKind::single);
}

TEST(Mount, AnUnknownFilesystemIsNamed) {
    const auto made = make_filesystem("nosuchfs", "none", {});
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().message.contains("nosuchfs")) << made.error().message;
}

TEST(Mount, AWrongOptionIsNamed) {
    const auto made = make_filesystem("tmpfs", "tmpfs", {.data = {"size=much"}});
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().message.contains("size=much")) << made.error().message;
}

TEST(MountOptions, AnRInFrontMeansTheWholeTree) {
    const auto options = parse({"rbind", "rro", "rnosuid", "rsuid", "rrelatime", "relatime"});
    EXPECT_EQ(options.bind, BindKind::recursive);
    EXPECT_EQ(options.set_in_tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_RELATIME);
    EXPECT_EQ(options.clear_in_tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR__ATIME);
    EXPECT_EQ(options.set, 0U);
    EXPECT_TRUE(options.data.empty());
    EXPECT_EQ(parse({"rnot"}).data, std::vector<std::string>{"rnot"});
}

} // namespace
} // namespace redoubt

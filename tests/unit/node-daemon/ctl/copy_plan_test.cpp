// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/copy_plan.hpp"

#include <gtest/gtest.h>

namespace redoubt::ctl {
namespace {

using enum PathKind;

std::string placed(CopySource source, CopyTarget target, Overwrite overwrite = Overwrite::no) {
    const auto place = place_copy(source, target, overwrite);
    return place ? place->folder + " " + place->name : "refused: " + place.error().message;
}

TEST(CopyPlan, TellsContainersFromPaths) {
    EXPECT_EQ(parse_copy_end("web:/etc")->container, "web");
    EXPECT_EQ(parse_copy_end("web:/etc")->path, "/etc");
    EXPECT_EQ(parse_copy_end("web:a:b")->path, "a:b");
    EXPECT_EQ(parse_copy_end("-")->kind, CopyEnd::Kind::stream);
    for (const auto* path : {"/a:b", "./a:b", "../x", "dir/a:b", "file"})
        EXPECT_EQ(parse_copy_end(path)->kind, CopyEnd::Kind::local) << path;
    EXPECT_FALSE(parse_copy_end("web:"));
    EXPECT_FALSE(parse_copy_end(":path"));
}

TEST(CopyPlan, AFileGoesIntoAFolderOrTakesAName) {
    const CopySource source{.kind = file, .path = "/etc/hosts"};
    EXPECT_EQ(placed(source, {.kind = folder, .path = "/tmp"}), "/tmp hosts");
    EXPECT_EQ(placed(source, {.kind = file, .path = "/tmp/old"}), "/tmp old");
    EXPECT_EQ(placed(source, {.kind = missing, .parent = folder, .path = "new"}), ". new");
    EXPECT_EQ(placed(source, {.kind = missing, .parent = folder, .path = "/new"}), "/ new");
    EXPECT_EQ(placed(source, {.kind = missing, .parent = folder, .path = "/new/"}),
              "refused: there is no folder '/new/': make it first");
    EXPECT_EQ(placed(source, {.kind = missing, .parent = missing, .path = "/a/b"}),
              "refused: there is no folder '/a' to copy into: make it first");
    EXPECT_EQ(placed(source, {.kind = file, .path = "/tmp/old/"}), "refused: '/tmp/old/' is no folder");
    EXPECT_EQ(placed({.kind = file, .path = "/etc/hosts/"}, {.kind = folder, .path = "/tmp"}),
              "refused: '/etc/hosts/' is no folder");
}

TEST(CopyPlan, AFolderGoesIntoAFolderOrItsContentDoes) {
    const CopySource source{.kind = folder, .path = "/srv/www/"};
    EXPECT_EQ(placed(source, {.kind = folder, .path = "/tmp"}), "/tmp www");
    EXPECT_EQ(placed({.kind = folder, .path = "/srv/www/."}, {.kind = folder, .path = "/tmp"}), "/tmp .");
    EXPECT_EQ(placed({.kind = folder, .path = "."}, {.kind = folder, .path = "/tmp"}), "/tmp .");
    EXPECT_EQ(placed({.kind = folder, .path = "/"}, {.kind = folder, .path = "/tmp"}), "/tmp .");
    EXPECT_EQ(placed(source, {.kind = missing, .parent = folder, .path = "/tmp/new"}), "/tmp new");
    EXPECT_EQ(
        placed({.kind = folder, .path = "/srv/www/."}, {.kind = missing, .parent = folder, .path = "/new/"}),
        "/ new");
    EXPECT_EQ(placed(source, {.kind = file, .path = "/tmp/f"}),
              "refused: '/srv/www/' is a folder and '/tmp/f' a file: use --overwrite");
    EXPECT_EQ(placed(source, {.kind = file, .path = "/tmp/f"}, Overwrite::yes), "/tmp f");
}

TEST(CopyPlan, CopiesNothingElse) {
    EXPECT_EQ(placed({.kind = missing, .path = "x"}, {.kind = folder, .path = "/"}),
              "refused: no 'x' to copy");
    EXPECT_EQ(placed({.kind = other, .path = "/dev/null"}, {.kind = folder, .path = "/"}),
              "refused: '/dev/null' is neither a file nor a folder");
    EXPECT_EQ(placed({.kind = file, .path = "f"}, {.kind = other, .path = "/dev/null"}),
              "refused: '/dev/null' is neither a file nor a folder");
}

} // namespace
} // namespace redoubt::ctl

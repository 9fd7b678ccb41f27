// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/layer_tar.hpp"

#include <gtest/gtest.h>

namespace redoubt::oci {
namespace {

LayerEntry file(std::string path, std::uint64_t size = 0) {
    return {.path = std::move(path), .kind = EntryKind::file, .size = size, .mode = 0644};
}
LayerEntry directory(std::string path) {
    return {.path = std::move(path), .kind = EntryKind::directory, .mode = 0755};
}
LayerEntry symlink(std::string path, std::string target) {
    return {.path = std::move(path), .kind = EntryKind::symlink, .link = std::move(target)};
}
LayerEntry hard_link(std::string path, std::string target) {
    return {.path = std::move(path), .kind = EntryKind::hard_link, .link = std::move(target)};
}
LayerEntry device(std::string path, std::uint64_t major, std::uint64_t minor) {
    return {.path = std::move(path),
            .kind = EntryKind::character_device,
            .device_major = major,
            .device_minor = minor};
}
LayerEntry with_xattr(LayerEntry entry, const std::string& name, std::string value) {
    entry.xattrs[name] = std::move(value);
    return entry;
}

/// The layer in normal form, as "path" or "path>link", with ! behind opaque and * behind whiteouts.
std::vector<std::string> tree_of(const std::vector<LayerEntry>& entries) {
    LayerTarPolicy policy;
    for (const auto& entry : entries)
        if (const auto status = policy.add(entry); !status) return {status.error().message};
    const auto plan = policy.finish();
    auto written = plan.implied_directories();
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (auto normal = plan.normalise(entries[i], i)) written.push_back(*normal);
    std::vector<std::string> lines;
    for (const auto& entry : written)
        lines.push_back(entry.path + (entry.link.empty() ? "" : ">" + entry.link) +
                        (entry.xattrs.contains("trusted.overlay.opaque") ? "!" : "") +
                        (entry.xattrs.contains("trusted.overlay.origin") ? "?" : ""));
    for (const auto& entry : plan.whiteouts()) lines.push_back(entry.path + "*");
    return lines;
}

using Lines = std::vector<std::string>;

/// The error of the last entry.
void expect_refused(const std::vector<LayerEntry>& entries, Code code, const std::string& message,
                    LayerTarLimits limits = {}) {
    LayerTarPolicy policy(limits);
    for (std::size_t i = 0; i + 1 < entries.size(); ++i) ASSERT_TRUE(policy.add(entries[i])) << i;
    const auto status = policy.add(entries.back());
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error(), (Error{code, message}));
}

void expect_refused(const std::vector<LayerEntry>& entries, const std::string& message) {
    expect_refused(entries, Code::invalid_argument, message);
}

TEST(LayerTar, NormalisesNames) {
    EXPECT_EQ(tree_of({directory("./"), directory("./a//"), file("a/./b")}), (Lines{".", "a", "a/b"}));
    EXPECT_EQ(normalise_layer_path("./"), ".");
    EXPECT_EQ(normalise_layer_path(".//a///b/."), "a/b");
}

TEST(LayerTar, DirectoriesThatNobodyDescribesAreImplied) {
    LayerTarPolicy policy;
    ASSERT_TRUE(policy.add(file("a/b/c")));
    const auto implied = policy.finish().implied_directories();
    ASSERT_EQ(implied.size(), 3U);
    EXPECT_EQ(implied[0], directory("."));
    EXPECT_EQ(implied[1], directory("a"));
    EXPECT_EQ(implied[2], directory("a/b"));
}

TEST(LayerTar, ADirectoryMayFollowItsContent) {
    EXPECT_EQ(tree_of({file("a/b"), directory("a")}), (Lines{".", "a/b", "a"}));
}

TEST(LayerTar, TheLastOfSeveralEntriesWins) {
    EXPECT_EQ(tree_of({file("a"), symlink("a", "x")}), (Lines{".", "a>x"}));
    EXPECT_EQ(tree_of({symlink("a", "x"), file("a")}), (Lines{".", "a"}));
    EXPECT_EQ(tree_of({directory("d"), file("d/f"), directory("d")}), (Lines{".", "d/f", "d"}));
}

TEST(LayerTar, AWhiteoutBecomesAnOverlayWhiteout) {
    EXPECT_EQ(tree_of({directory("d"), file("d/.wh.x")}), (Lines{".", "d?", "d/x*"}));
    EXPECT_EQ(tree_of({file(".wh.x")}), (Lines{".?", "x*"}));
}

TEST(LayerTar, AnOpaqueMarkerMakesItsDirectoryOpaque) {
    EXPECT_EQ(tree_of({file("d/.wh..wh..opq"), directory("d")}), (Lines{".", "d!"}));
    EXPECT_EQ(tree_of({file("d/.wh..wh..opq")}), (Lines{".", "d!"}));
}

TEST(LayerTar, AWhiteoutOfWhatTheLayerHasHidesTheLowerOneOnly) {
    EXPECT_EQ(tree_of({file(".wh.f"), file("f")}), (Lines{".", "f"}));
    EXPECT_EQ(tree_of({file("f"), file(".wh.f")}), (Lines{".", "f"}));
    EXPECT_EQ(tree_of({directory("d"), file(".wh.d")}), (Lines{".", "d!"}));
    EXPECT_EQ(tree_of({file(".wh.d"), file("d/f")}), (Lines{".", "d!", "d/f"}));
}

TEST(LayerTar, DevicesThatTheRuntimeProvidesAreLeftOut) {
    EXPECT_EQ(tree_of({directory("dev"), device("dev/null", 1, 3), device("./dev/console", 5, 1)}),
              (Lines{".", "dev"}));
}

TEST(LayerTar, AttributesTakeTheirNormalForm) {
    auto entry = with_xattr(with_xattr(file("f"), "user.a", "1"), "security.selinux", "label");
    entry.mode = 0104755;
    entry.mtime_seconds = -5;
    entry.mtime_nanoseconds = 7;
    LayerTarPolicy policy;
    ASSERT_TRUE(policy.add(entry));
    const auto normal = policy.finish().normalise(entry, 0).value();
    EXPECT_EQ(normal.mode, 04755U);
    EXPECT_EQ(normal.mtime_seconds, 0);
    EXPECT_EQ(normal.mtime_nanoseconds, 0U);
    EXPECT_EQ(normal.xattrs, (std::map<std::string, std::string>{{"user.a", "1"}}));
}

TEST(LayerTarHostile, ParentReference) {
    expect_refused({file("a/../b")}, "entry 'a/../b': contains '..'");
}
TEST(LayerTarHostile, AbsolutePath) {
    expect_refused({file("/etc/passwd")}, "entry '/etc/passwd': absolute path");
}
TEST(LayerTarHostile, EmptyName) {
    expect_refused({file("")}, "entry '': empty name");
}
TEST(LayerTarHostile, NulInName) {
    expect_refused({file(std::string("a\0b", 3))}, "entry 'a\\x00b': name contains a NUL character");
}
TEST(LayerTarHostile, LongName) {
    std::string name;
    while (name.size() <= 4096) name += "0123456789/";
    expect_refused({file(name)}, std::format("entry '{}...': name of {} bytes, at most 4096 are allowed",
                                             name.substr(0, 200), name.size()));
}
TEST(LayerTarHostile, LongComponent) {
    const std::string name(256, 'a');
    expect_refused({file(name)}, "entry '" + name.substr(0, 200) +
                                     "...': a component of 256 bytes, at most 255 are allowed");
    EXPECT_EQ(tree_of({file(std::string(255, 'a'))}).size(), 2U);
}
TEST(LayerTarHostile, DeviceNode) {
    expect_refused({device("dev/mem", 1, 1)},
                   "entry 'dev/mem': device nodes are not allowed (character 1:1)");
    expect_refused({device("null", 1, 3)}, "entry 'null': device nodes are not allowed (character 1:3)");
}
TEST(LayerTarHostile, ForgedWhiteoutDevice) {
    expect_refused({device("x", 0, 0)}, "entry 'x': device 0:0 would forge an overlay whiteout");
    expect_refused({device("dev/null", 0, 0)},
                   "entry 'dev/null': device 0:0 would forge an overlay whiteout");
}
TEST(LayerTarHostile, ForgedOverlayAttribute) {
    expect_refused({with_xattr(directory("d"), "trusted.overlay.opaque", "y")},
                   "entry 'd': extended attribute 'trusted.overlay.opaque' would forge overlay metadata");
    expect_refused({with_xattr(directory("d"), "trusted.overlay.redirect", "/etc")},
                   "entry 'd': extended attribute 'trusted.overlay.redirect' would forge overlay metadata");
}
TEST(LayerTarHostile, MalformedAttributes) {
    expect_refused({with_xattr(file("f"), "user.a=b", "")},
                   "entry 'f': extended attribute with a malformed name");
    expect_refused({with_xattr(file("f"), "user.a", std::string(32769, 'x'))},
                   "entry 'f': extended attribute 'user.a' is too large (32769 bytes)");
}
TEST(LayerTarHostile, SparseFile) {
    auto entry = file("f", 10ULL << 30U);
    entry.is_sparse = true;
    expect_refused({entry}, "entry 'f': sparse files are not supported (size 10737418240 bytes)");
}
TEST(LayerTarHostile, PathThroughASymlink) {
    expect_refused({symlink("a", "/etc"), file("a/passwd")},
                   "entry 'a/passwd': passes through the symbolic link 'a' of the same layer");
    expect_refused({file("a/passwd"), symlink("a", "/etc")},
                   "entry 'a': is given twice, once as a directory and once not");
    expect_refused({symlink("a", "/etc"), file("a/.wh.passwd")},
                   "entry 'a/.wh.passwd': passes through the symbolic link 'a' of the same layer");
}
TEST(LayerTarHostile, PathThroughAFile) {
    expect_refused({file("a"), file("a/b")}, "entry 'a/b': is inside of 'a', which is not a directory");
}
TEST(LayerTarHostile, HardLinkToNothing) {
    expect_refused({hard_link("l", "f")}, "entry 'l': hard link to 'f', which is not in the layer before it");
}
TEST(LayerTarHostile, HardLinkOutside) {
    expect_refused({hard_link("l", "../f")}, "entry 'l': hard link to '../f': contains '..'");
    expect_refused({hard_link("l", "/etc/shadow")}, "entry 'l': hard link to '/etc/shadow': absolute path");
    expect_refused({hard_link("l", "")}, "entry 'l': hard link to '': empty name");
}
TEST(LayerTarHostile, HardLinkToASymlinkOrDirectory) {
    expect_refused({symlink("s", "/etc/shadow"), hard_link("l", "s")},
                   "entry 'l': hard link to 's', which is not a regular file");
    expect_refused({directory("d"), hard_link("l", "d")},
                   "entry 'l': hard link to 'd', which is not a regular file");
}
TEST(LayerTarHostile, HardLinkToItself) {
    expect_refused({file("f"), hard_link("f", "f")}, "entry 'f': hard link to itself");
}
TEST(LayerTarHostile, ReplacedHardLinkTarget) {
    expect_refused({file("f"), hard_link("l", "f"), file("f")},
                   "entry 'f': replaces a file that a hard link points to");
}
TEST(LayerTarHostile, MalformedWhiteouts) {
    for (const std::string name : {".wh.", ".wh..", ".wh...", ".wh..wh.x", ".wh..wh..plnk"})
        expect_refused({file("d/" + name)},
                       "entry 'd/" + name + "': malformed whiteout: it hides no possible name");
    expect_refused({directory(".wh.d")}, "entry '.wh.d': malformed whiteout: not a regular file");
    expect_refused({file(".wh.d/f")}, "entry '.wh.d/f': is inside of a whiteout");
}
TEST(LayerTarHostile, RootThatIsNoDirectory) {
    expect_refused({symlink("./", "/")}, "entry './': the root has to be a directory");
}
TEST(LayerTarHostile, OwnerOutOfRange) {
    auto entry = file("f");
    entry.uid = 0xffff'ffff;
    expect_refused({entry}, "entry 'f': owner 4294967295:0 is out of range");
    entry.uid = -1;
    expect_refused({entry}, "entry 'f': owner -1:0 is out of range");
}
TEST(LayerTarHostile, SymlinkTargets) {
    expect_refused({symlink("s", "")}, "entry 's': symbolic link without a target");
    expect_refused({symlink("s", std::string(4096, 'a'))}, "entry 's': symbolic link target of 4096 bytes");
}
TEST(LayerTarHostile, TooManyBytes) {
    expect_refused({file("a", 600), file("b", 401)}, Code::resource_exhausted,
                   "entry 'b': 401 bytes, the layer would exceed its limit of 1000 bytes",
                   {.max_bytes = 1000});
    expect_refused({file("a", 600), file("b", UINT64_MAX)}, Code::resource_exhausted,
                   "entry 'b': 18446744073709551615 bytes, the layer would exceed its limit of 1000 bytes",
                   {.max_bytes = 1000});
}
TEST(LayerTarHostile, TooManyEntries) {
    expect_refused({file("a"), file("b"), file("c")}, Code::resource_exhausted,
                   "entry 'c': the layer has more than 2 entries", {.max_entries = 2});
}
TEST(LayerTarHostile, TooManyNameBytes) {
    // One deep name implies many parents.
    std::string deep = "a";
    for (int i = 0; i < 500; ++i) deep += "/a";
    expect_refused({file(deep), file("b")}, Code::resource_exhausted,
                   "entry 'b': the layer's names exceed 100000 bytes", {.max_path_bytes = 100000});
}

} // namespace
} // namespace redoubt::oci

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/unpack_layer.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>

#include "common/base/file.hpp"
#include "tests/unit/guest-image/image/image_maker.hpp"

namespace redoubt::guest::image {
namespace {

using archive::EntryKind;
using maker::TarFile;

/// Owned by who runs the test, who need not be root.
std::string tar_of(std::vector<TarFile> files) {
    for (auto& file : files) {
        file.entry.uid = ::getuid();
        file.entry.gid = ::getgid();
    }
    return maker::make_tar(files);
}

Status unpack(const std::string& tar, const maker::Folder& folder, oci::LayerTarLimits limits = {}) {
    const auto spool = maker::file_of(maker::gzip(tar));
    return maker::await(unpack_layer(spool.get(), crypto::digest_of(tar).value(), folder.open(), limits));
}

bool is_whiteout(const std::filesystem::path& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == 0;
}

TEST(UnpackLayer, WritesTheTree) {
    const maker::Folder folder;
    const auto unpacked =
        unpack(tar_of({{.entry = {.path = "./etc/", .kind = EntryKind::folder, .mode = 0755}},
                       {.entry = {.path = "./etc/motd", .mode = 0640}, .bytes = "hello"}}),
               folder);
    ASSERT_TRUE(unpacked) << unpacked.error().message;
    EXPECT_EQ(read_file(folder.path() / "etc/motd"), "hello");
}

TEST(UnpackLayer, TurnsWhiteoutsIntoOverlaysOwn) {
    const maker::Folder folder;
    const auto unpacked = unpack(tar_of({{.entry = {.path = ".wh.gone"}}}), folder);
    if (!unpacked && unpacked.error().message.contains("trusted.overlay"))
        GTEST_SKIP() << "this filesystem takes no marks of overlayfs: " << unpacked.error().message;
    ASSERT_TRUE(unpacked) << unpacked.error().message;
    EXPECT_TRUE(is_whiteout(folder.path() / "gone"));
}

TEST(UnpackLayer, MarksAFolderThatHidesTheOneBelow) {
    const maker::Folder folder;
    const auto unpacked = unpack(tar_of({{.entry = {.path = "d", .kind = EntryKind::folder, .mode = 0755}},
                                         {.entry = {.path = "d/.wh..wh..opq"}}}),
                                 folder);
    if (!unpacked && unpacked.error().message.contains("trusted.overlay"))
        GTEST_SKIP() << "this filesystem takes no marks of overlayfs: " << unpacked.error().message;
    ASSERT_TRUE(unpacked) << unpacked.error().message;
    std::array<char, 8> value{};
    EXPECT_EQ(::getxattr((folder.path() / "d").c_str(), "trusted.overlay.opaque", value.data(), value.size()),
              1);
    EXPECT_EQ(value[0], 'y');
}

TEST(UnpackLayer, RefusesAnotherContentBeforeItWritesAnything) {
    const maker::Folder folder;
    const auto tar = tar_of({{.entry = {.path = "a"}, .bytes = "x"}});
    const auto spool = maker::file_of(maker::gzip(tar));
    const auto unpacked =
        maker::await(unpack_layer(spool.get(), crypto::digest_of("other").value(), folder.open(), {}));
    ASSERT_FALSE(unpacked);
    EXPECT_EQ(unpacked.error(),
              (Error{Code::data_loss, "its content has diff id " + maker::digest_of(tar) + ", not " +
                                          maker::digest_of("other") + " as the image's config says"}));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(UnpackLayer, RefusesAnArchiveThatLeavesItsFolder) {
    const maker::Folder folder;
    const auto unpacked = unpack(
        tar_of({{.entry = {.path = "good"}, .bytes = "x"}, {.entry = {.path = "a/../../b"}, .bytes = "x"}}),
        folder);
    ASSERT_FALSE(unpacked);
    EXPECT_EQ(unpacked.error(), (Error{Code::invalid_argument, "entry 'a/../../b': contains '..'"}));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(UnpackLayer, RefusesMoreThanItsLimits) {
    const maker::Folder folder;
    const auto tar = tar_of({{.entry = {.path = "big"}, .bytes = std::string(2000, 'x')}});
    EXPECT_EQ(unpack(tar, folder, {.max_bytes = 1000}).error(),
              (Error{Code::resource_exhausted,
                     "entry 'big': 2000 bytes, the layer would exceed its limit of 1000 bytes"}));
}

TEST(UnpackLayer, RefusesATarThatIsCutShort) {
    const maker::Folder folder;
    const auto tar = tar_of({{.entry = {.path = "a"}, .bytes = std::string(2000, 'x')}}).substr(0, 1500);
    EXPECT_EQ(unpack(tar, folder).error(), (Error{Code::invalid_argument, "the archive is cut short"}));
}

} // namespace
} // namespace redoubt::guest::image

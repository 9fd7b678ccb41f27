// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Hostile and broken tars as bytes, through the whole conversion. The rules one by one: layer_tar_test.cpp.
#include <gtest/gtest.h>

#include "node-daemon/storage/layer_conversion.hpp"
#include "tests/unit/node-daemon/storage/tar_builder.hpp"
#include "tests/unit/node-daemon/storage/temporary_folder.hpp"

namespace redoubt::node::storage {
namespace {

using test::TarItem;

Result<launch::LayerDisk> convert(std::string_view tar, oci::LayerTarLimits limits = {}) {
    const test::TemporaryFolder folder;
    const auto scratch = folder.path() / "scratch";
    std::filesystem::create_directory(scratch);
    return convert_layer({.blob = folder.file("blob", tar),
                          .diff_id = crypto::digest_of(tar).value(),
                          .limits = limits,
                          .scratch = scratch,
                          .progress = {}});
}

void expect_refused(std::string_view tar, const std::string& message) {
    const auto result = convert(tar);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, message);
    EXPECT_EQ(result.error().code, Code::invalid_argument);
}

void expect_refused(const std::vector<TarItem>& items, const std::string& message) {
    expect_refused(test::tar_of(items), message);
}

TEST(HostileLayer, ParentReference) {
    expect_refused({{.path = "../../etc/cron.d/x", .data = "x"}},
                   "entry '../../etc/cron.d/x': contains '..'");
}
TEST(HostileLayer, AbsolutePath) {
    expect_refused({{.path = "/etc/passwd", .data = "x"}}, "entry '/etc/passwd': absolute path");
}
TEST(HostileLayer, SymlinkTrick) {
    expect_refused({{.path = "a", .type = '2', .link = "/etc"}, {.path = "a/passwd", .data = "x"}},
                   "entry 'a/passwd': passes through the symbolic link 'a' of the same layer");
}
TEST(HostileLayer, HardLinkOutside) {
    expect_refused({{.path = "l", .type = '1', .link = "../../etc/shadow"}},
                   "entry 'l': hard link to '../../etc/shadow': contains '..'");
}
TEST(HostileLayer, BlockDevice) {
    expect_refused({{.path = "dev/sda", .type = '4', .major = 8}},
                   "entry 'dev/sda': device nodes are not allowed (block 8:0)");
}
TEST(HostileLayer, ForgedWhiteout) {
    expect_refused({{.path = "x", .type = '3'}}, "entry 'x': device 0:0 would forge an overlay whiteout");
}
TEST(HostileLayer, ForgedOpaqueDirectory) {
    expect_refused({{.path = "d", .type = '5', .pax = {{"SCHILY.xattr.trusted.overlay.opaque", "y"}}}},
                   "entry 'd': extended attribute 'trusted.overlay.opaque' would forge overlay metadata");
}
TEST(HostileLayer, ForgedOpaqueDirectoryInTheOtherSpelling) {
    expect_refused({{.path = "d", .type = '5', .pax = {{"LIBARCHIVE.xattr.trusted.overlay.opaque", "eQ=="}}}},
                   "entry 'd': extended attribute 'trusted.overlay.opaque' would forge overlay metadata");
}
TEST(HostileLayer, SparseTenGigabytes) {
    expect_refused(test::gnu_sparse_tar("f", 10ULL << 30U),
                   "entry 'f': sparse files are not supported (size 10737418240 bytes)");
}
TEST(HostileLayer, PaxSparseTenGigabytes) {
    expect_refused({{.path = "GNUSparseFile.0/f",
                     .data = std::string("0\n").append(510, '\0'),
                     .pax = {{"GNU.sparse.major", "1"},
                             {"GNU.sparse.minor", "0"},
                             {"GNU.sparse.name", "f"},
                             {"GNU.sparse.realsize", "10737418240"}}}},
                   "entry 'f': sparse files are not supported (size 10737418240 bytes)");
}
TEST(HostileLayer, TruncatedTar) {
    const auto tar =
        test::tar_of({{.path = "a", .data = "x"}, {.path = "b", .data = std::string(5000, 'b')}});
    expect_refused(tar.substr(0, 3000), "entry 'b': broken tar at entry 2: Truncated tar archive");
}
TEST(HostileLayer, NotATar) {
    expect_refused(test::noise(5000), "broken tar at entry 0: Unrecognized archive format");
}
TEST(HostileLayer, DamagedHeader) {
    auto tar = test::tar_of({{.path = "a"}, {.path = "b"}});
    tar[512 + 10] = 'x';
    expect_refused(tar, "broken tar at entry 2: Damaged tar archive");
}
TEST(HostileLayer, CompressedBomb) {
    const auto tar = test::tar_of({{.path = "a", .data = std::string(3'000'000, '\0')}});
    const test::TemporaryFolder folder;
    const auto result = convert_layer({.blob = folder.file("blob", test::gzip(tar)),
                                       .diff_id = crypto::digest_of(tar).value(),
                                       .limits = {.max_bytes = 1'000'000},
                                       .scratch = folder.path(),
                                       .progress = {}});
    EXPECT_EQ(result.error(),
              (Error{Code::resource_exhausted, "the layer has more than 1000000 bytes when uncompressed"}));
}
TEST(HostileLayer, TooManyEntries) {
    const std::vector<TarItem> items(5, {.path = "a"});
    EXPECT_EQ(convert(test::tar_of(items), {.max_entries = 4}).error(),
              (Error{Code::resource_exhausted, "entry 'a': the layer has more than 4 entries"}));
}

} // namespace
} // namespace redoubt::node::storage

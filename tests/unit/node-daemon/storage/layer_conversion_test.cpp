// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// The contract redoubt-erofs-1: the same layer gives the same bytes, and those bytes are the layer.
#include "node-daemon/storage/layer_conversion.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "tests/unit/node-daemon/storage/tar_builder.hpp"
#include "tests/unit/node-daemon/storage/temporary_folder.hpp"

namespace redoubt::node::storage {
namespace {

std::string source_folder() {
    const char* path = std::getenv("REDOUBT_SOURCE");
    return path == nullptr ? "." : path;
}

Result<launch::LayerDisk> convert_in(const test::TemporaryFolder& folder, std::string_view tar,
                                     std::string_view blob) {
    const auto scratch = folder.path() / "scratch";
    std::filesystem::create_directory(scratch);
    return convert_layer({.blob = folder.file("blob", blob),
                          .diff_id = crypto::digest_of(tar).value(),
                          .scratch = scratch,
                          .progress = {}});
}

std::string hash_of(const std::filesystem::path& path) {
    return crypto::digest_of(read_file(path).value()).value().str();
}

struct Golden {
    std::string diff_id, image, root_hash;
};

Golden read_golden() {
    const auto text =
        read_file(source_folder() + "/tests/golden/node-daemon/storage/redoubt-erofs-1.json").value();
    const auto document = json::parse("golden", text).value();
    return {document.root()["diff_id"].string().value(), document.root()["image"].string().value(),
            document.root()["root_hash"].string().value()};
}

TEST(LayerConversion, GivesTheGoldenBytes) {
    const auto tar = test::tar_of(test::sample_layer());
    const auto golden = read_golden();
    EXPECT_EQ(crypto::digest_of(tar).value().str(), golden.diff_id);
    const test::TemporaryFolder folder;
    const auto disk = convert_in(folder, tar, tar).value();
    EXPECT_EQ(hash_of(disk.file), golden.image);
    EXPECT_EQ(disk.root_hash, golden.root_hash);
    EXPECT_EQ(disk.salt, golden.diff_id.substr(7));
}

TEST(LayerConversion, DoesNotDependOnPlaceZoneMaskOrCompression) {
    const auto tar = test::tar_of(test::sample_layer());
    const auto golden = read_golden();
    const auto mask = ::umask(0077);
    ASSERT_EQ(::setenv("TZ", "Pacific/Auckland", 1), 0);
    const test::TemporaryFolder folder;
    const auto disk = convert_in(folder, tar, test::gzip(tar));
    const test::TemporaryFolder other;
    const auto again = convert_in(other, tar, test::zstd(tar));
    ::umask(mask);
    ::unsetenv("TZ");
    ASSERT_TRUE(disk && again);
    EXPECT_EQ(hash_of(disk->file), golden.image);
    EXPECT_EQ(hash_of(again->file), golden.image);
    EXPECT_EQ(read_file(folder.path() / "scratch" / k_record_name).value(),
              read_file(other.path() / "scratch" / k_record_name).value());
    struct stat status{};
    ASSERT_EQ(::stat(disk->file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0444U);
}

TEST(LayerConversion, LeavesTheImageAndItsRecordAndNothingElse) {
    const auto tar = test::tar_of(test::sample_layer());
    const test::TemporaryFolder folder;
    ASSERT_TRUE(convert_in(folder, tar, tar));
    EXPECT_EQ(test::contents_of(folder.path() / "scratch"),
              (std::vector<std::string>{"layer.img", "layer.json"}));
}

TEST(LayerConversion, TheOrderOfEntriesDoesNotMatter) {
    auto items = test::sample_layer();
    std::swap(items[5], items[6]);
    std::swap(items[8], items[12]);
    const auto tar = test::tar_of(items);
    const test::TemporaryFolder folder;
    const auto disk = convert_in(folder, tar, tar).value();
    const auto original = test::tar_of(test::sample_layer());
    const test::TemporaryFolder other;
    const auto expected = convert_in(other, original, original).value();
    const auto data = [](const launch::LayerDisk& layer) {
        return read_file(layer.file).value().substr(0, layer.data_blocks * 4096);
    };
    EXPECT_EQ(data(disk) == data(expected), true); // the salt differs, so the trees do
}

TEST(LayerConversion, ALayerWithoutEntriesIsAnEmptyRoot) {
    for (const auto size : {0U, 1024U, 10240U}) {
        const std::string tar(size, '\0');
        const test::TemporaryFolder folder;
        const auto disk = convert_in(folder, tar, tar);
        ASSERT_TRUE(disk) << size << ": " << disk.error().message;
        EXPECT_EQ(disk->data_blocks, 1U);
    }
}

TEST(LayerConversion, AWrongDiffIdNamesBothDigests) {
    const auto tar = test::tar_of(test::sample_layer());
    const test::TemporaryFolder folder;
    const auto wanted = crypto::digest_of("other").value();
    const auto result = convert_layer(
        {.blob = folder.file("blob", tar), .diff_id = wanted, .scratch = folder.path(), .progress = {}});
    EXPECT_EQ(result.error(),
              (Error{Code::data_loss, std::format("its content has diff_id {}, not {}",
                                                  crypto::digest_of(tar).value().str(), wanted.str())}));
}

/// A loop mount of a converted sample, or nothing where mounting is not possible.
class MountedLayer : public testing::Test {
  protected:
    void SetUp() override {
        const auto tar = test::tar_of(test::sample_layer());
        disk_ = convert_in(folder_, tar, tar).value();
        std::filesystem::create_directory(root_);
        const auto mounted = test::run(
            std::format("mount -t erofs -o loop,ro {} {} 2>&1", disk_.file.native(), root_.native()));
        if (mounted.status != 0) GTEST_SKIP() << "cannot mount: " << mounted.output;
        is_mounted_ = true;
    }
    void TearDown() override {
        if (!is_mounted_) return;
        EXPECT_EQ(test::run("umount " + root_.native()).status, 0);
    }
    std::string command(std::string_view text) {
        return test::run(std::format("cd {} && {} 2>&1", root_.native(), text)).output;
    }

    test::TemporaryFolder folder_;
    std::filesystem::path root_ = folder_.path() / "root";
    launch::LayerDisk disk_;
    bool is_mounted_ = false;
};

TEST_F(MountedLayer, HasTheLayersFiles) {
    EXPECT_EQ(command("stat -c '%A %u:%g %h %Y' . bin bin/tool bin/alias text empty tmp pipe"),
              "drwxr-xr-x 0:0 9 1700000000\n"
              "drwxr-xr-x 0:0 2 1700000001\n"
              "-rwsr-xr-x 0:0 2 1700000002\n"
              "-rwsr-xr-x 0:0 2 1700000002\n"
              "-rw-r----- 1000:100 1 1700000004\n"
              "-rw------- 4000000000:4000000001 1 0\n"
              "drwxrwxrwt 0:0 2 0\n"
              "prw--w--w- 0:0 1 0\n");
    EXPECT_EQ(command("stat -c %y bin/tool | cut -c20-29"), ".500000000\n");
    EXPECT_EQ(command("readlink bin/short"), "tool\n");
    EXPECT_EQ(command("cat twice implied/by/file long/*"), "newxlong");
    EXPECT_EQ(command("ls -A dev"), "");
    EXPECT_EQ(command("cat $(printf '\\303\\244\\377')"), "bytes, not text");
    EXPECT_EQ(read_file(root_ / "bin/tool").value() == test::noise(70'000), true);
}

TEST_F(MountedLayer, HasTheLayersAttributes) {
    const auto attributes = [&](std::string_view path) {
        return command(std::format("python3 -c \"import os; print(sorted((k, os.getxattr('{0}', k).hex()) "
                                   "for k in os.listxattr('{0}')))\"",
                                   path));
    };
    EXPECT_EQ(attributes("bin/tool"),
              "[('security.capability', '0100000200040000000000000000000000000000')]\n");
    EXPECT_EQ(attributes("text"), "[('user.note', '613d62')]\n");
    EXPECT_EQ(attributes("opaque"), "[('trusted.overlay.opaque', '79')]\n");
    EXPECT_EQ(attributes("hidden"), "[('trusted.overlay.origin', '')]\n");
}

TEST_F(MountedLayer, HidesWhatItsWhiteoutsSayInAnOverlay) {
    EXPECT_EQ(command("stat -c '%F %t:%T' hidden/gone"), "character special file 0:0\n");
    const auto path = folder_.path().native();
    const auto seen = test::run(std::format(
        "cd {0} && mkdir -p lower/hidden lower/opaque view && touch lower/hidden/gone lower/hidden/kept "
        "lower/opaque/old && "
        "mount -t overlay -o lowerdir=root:lower none view && ls -A view/hidden view/opaque; umount view",
        path));
    EXPECT_EQ(seen.output, "view/hidden:\nkept\n\nview/opaque:\n");
}

TEST(LayerRecord, ReadsWhatItWrites) {
    const auto diff_id = crypto::digest_of("x").value();
    const launch::LayerDisk disk{
        .root_hash = std::string(64, 'a'), .salt = diff_id.hex(), .data_blocks = 7, .size_bytes = 32768};
    const auto text = render_layer_record(disk, diff_id);
    const auto parsed = parse_layer_record(text, diff_id).value();
    EXPECT_EQ(parsed.root_hash, disk.root_hash);
    EXPECT_EQ(parsed.salt, disk.salt);
    EXPECT_EQ(parsed.data_blocks, 7U);
    EXPECT_EQ(parsed.size_bytes, 32768U);
    EXPECT_EQ(parse_layer_record(text, crypto::digest_of("y").value()).error().message,
              "layer.json.diff_id: not that of its folder");
}

TEST(LayerRecord, RefusesAnotherConversion) {
    EXPECT_EQ(
        parse_layer_record(R"({"version": 1, "conversion": "redoubt-erofs-2"})",
                           crypto::digest_of("x").value())
            .error(),
        (Error{Code::failed_precondition,
               "layer.json: conversion redoubt-erofs-2 in version 1 is not redoubt-erofs-1 in version 1"}));
}

} // namespace
} // namespace redoubt::node::storage

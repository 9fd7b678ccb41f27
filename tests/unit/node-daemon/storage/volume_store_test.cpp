// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/volume_store.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <optional>

#include "common/base/file.hpp"
#include "node-daemon/storage/disk_programs.hpp"
#include "node-daemon/storage/host_snapshot.hpp"
#include "tests/unit/node-daemon/storage/temporary_folder.hpp"

namespace redoubt::node::storage {
namespace {

constexpr std::uint64_t k_mebibyte = 1U << 20U;

class VolumeStoreTest : public testing::Test {
  protected:
    Status run(Task<void> task) {
        std::optional<Status> out;
        asio::co_spawn(context_, std::move(task), [&out](const std::exception_ptr& error, Status status) {
            EXPECT_FALSE(error);
            out = std::move(status);
        });
        context_.run();
        context_.restart();
        return out.value_or(fail(Code::unknown, "not run"));
    }

    test::TemporaryFolder folder_;
    asio::io_context context_;
    asio::thread_pool pool_{1};
    VolumeStore store_{folder_.path() / "volumes", pool_};
};

TEST_F(VolumeStoreTest, MakesASparseDiskWithASoundFilesystem) {
    const auto made = run(store_.create("data", 1024 * k_mebibyte, VolumeContent::filesystem));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(std::filesystem::file_size(store_.file_of("data")), 1024 * k_mebibyte);
    EXPECT_LT(store_.used_bytes("data"), 16 * k_mebibyte);
    const auto checked =
        run_disk_program({"/usr/sbin/e2fsck", "-fn", store_.file_of("data").native()}, "e2fsprogs");
    EXPECT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(test::contents_of(folder_.path() / "volumes"), std::vector<std::string>{"data.img"});
    EXPECT_EQ(run(store_.create("data", 64 * k_mebibyte, VolumeContent::filesystem)).error().code,
              Code::already_exists);
}

TEST_F(VolumeStoreTest, ADiskThatCannotBeMadeLeavesNothing) {
    // Too small for a filesystem with a journal, as callers know.
    EXPECT_FALSE(run(store_.create("tiny", 4096, VolumeContent::filesystem)));
    EXPECT_TRUE(test::contents_of(folder_.path() / "volumes").empty());
}

TEST_F(VolumeStoreTest, AnEncryptedOneIsNothingYet) {
    ASSERT_TRUE(run(store_.create("secret", 64 * k_mebibyte, VolumeContent::nothing)));
    EXPECT_EQ(store_.used_bytes("secret"), 0U);
}

TEST_F(VolumeStoreTest, GrowsAndRemoves) {
    ASSERT_TRUE(run(store_.create("data", 64 * k_mebibyte, VolumeContent::filesystem)));
    ASSERT_TRUE(run(store_.grow("data", 128 * k_mebibyte)));
    EXPECT_EQ(std::filesystem::file_size(store_.file_of("data")), 128 * k_mebibyte);
    EXPECT_TRUE(run(store_.remove("data")));
    EXPECT_TRUE(run(store_.remove("data"))) << "gone already";
    EXPECT_EQ(run(store_.grow("data", 1)).error().code, Code::not_found);
}

TEST_F(VolumeStoreTest, WritesNothingWhereItsOwnDiskIsNotMounted) {
    const auto place = folder_.path() / "apart";
    const VolumeStore without_folder(place, pool_, VolumePlace::own_disk);
    EXPECT_EQ(without_folder.check_place().error(),
              (Error{Code::failed_precondition, "the disk of volumes is not mounted at " + place.native()}));
    std::filesystem::create_directory(place);
    VolumeStore store(place, pool_, VolumePlace::own_disk);
    EXPECT_EQ(run(store.create("data", 64 * k_mebibyte, VolumeContent::filesystem)).error().code,
              Code::failed_precondition);
    EXPECT_EQ(run(store.remove("data")).error().code, Code::failed_precondition) << "it may be on the disk";
    EXPECT_TRUE(test::contents_of(place).empty());
    std::filesystem::remove(place);
    std::filesystem::create_symlink("/proc", place); // another filesystem than that of the parent
    EXPECT_TRUE(store.check_place());
}

TEST_F(VolumeStoreTest, WhatAKilledDaemonLeftIsTakenAway) {
    std::filesystem::create_directories(folder_.path() / "volumes" / "tmp-abc" / "_data");
    store_.remove_leftovers();
    EXPECT_TRUE(test::contents_of(folder_.path() / "volumes").empty());
}

TEST(HostSnapshot, IsOfAFolderOrOfOneFile) {
    const test::TemporaryFolder folder;
    std::filesystem::create_directories(folder.path() / "source" / "below");
    ASSERT_TRUE(write_file(folder.path() / "source" / "below" / "file", "content"));
    const auto image = folder.path() / "out" / "snapshot.erofs";
    const auto made = make_host_snapshot(folder.path() / "source", image);
    ASSERT_TRUE(made) << made.error().message;
    const auto first = std::filesystem::file_size(image);
    EXPECT_GT(first, 0U);
    const auto of_file = make_host_snapshot(folder.path() / "source" / "below" / "file", image);
    ASSERT_TRUE(of_file) << of_file.error().message;
    EXPECT_EQ(test::contents_of(folder.path() / "out"), std::vector<std::string>{"snapshot.erofs"});
}

TEST(HostSnapshot, SaysWhatIsWrongWithItsSource) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(make_host_snapshot(folder.path() / "nothing", folder.path() / "x").error().code,
              Code::not_found);
    EXPECT_EQ(make_host_snapshot("/dev/null", folder.path() / "x").error().code, Code::invalid_argument);
}

TEST(DiskPrograms, AMissingProgramNamesItsPackage) {
    const auto run = run_disk_program({"/nonexistent/mkfs"}, "some-package");
    ASSERT_FALSE(run);
    EXPECT_NE(run.error().message.find("install some-package"), std::string::npos);
}

} // namespace
} // namespace redoubt::node::storage

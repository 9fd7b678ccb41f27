// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/blob_file.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <optional>

#include "common/base/file.hpp"

namespace redoubt::node::image {
namespace {

class BlobFileTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "blobs-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    template <class T>
    static T run(asio::awaitable<T> task) {
        asio::io_context context;
        std::optional<T> out;
        asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
            if (error) std::rethrow_exception(error);
            out = std::move(value);
        });
        context.run();
        return *std::move(out);
    }
    [[nodiscard]] std::optional<BlobFile> open() const {
        return run(BlobFile::open(directory_, digest_, content_.size())).value();
    }
    [[nodiscard]] bool has() const { return run(has_blob(directory_, digest_, content_.size())).value(); }
    [[nodiscard]] std::filesystem::path part() const {
        return blob_path(directory_, digest_).native() + ".part";
    }

    std::filesystem::path directory_;
    std::string content_ = "hello layer";
    crypto::Digest digest_ = crypto::digest_of("hello layer").value();
};

TEST_F(BlobFileTest, WhatNobodyHasTouchedForLongIsDeleted) {
    const auto folder = directory_ / "sha256";
    std::filesystem::create_directories(folder);
    for (const char* name : {"old", "old.part", "fresh.part"}) ASSERT_TRUE(write_file(folder / name, "x"));
    for (const char* name : {"old", "old.part"})
        std::filesystem::last_write_time(folder / name, std::filesystem::file_time_type::clock::now() -
                                                            std::chrono::hours(25));
    remove_stale_blobs(directory_, std::chrono::hours(24));
    EXPECT_FALSE(std::filesystem::exists(folder / "old"));
    EXPECT_FALSE(std::filesystem::exists(folder / "old.part"));
    EXPECT_TRUE(std::filesystem::exists(folder / "fresh.part"));
    remove_stale_blobs(directory_ / "missing", std::chrono::hours(24));
}

TEST_F(BlobFileTest, GetsItsNameWhenItIsWhole) {
    auto file = open();
    ASSERT_TRUE(file->append("hello "));
    EXPECT_FALSE(has());
    ASSERT_TRUE(file->append("layer"));
    EXPECT_EQ(file->finish(), blob_path(directory_, digest_));
    EXPECT_TRUE(has());
    EXPECT_FALSE(std::filesystem::exists(part()));
}

TEST_F(BlobFileTest, GoesOnBehindWhatWasLeft) {
    ASSERT_TRUE(open()->append("hello "));
    auto file = open();
    EXPECT_EQ(file->size(), 6U);
    ASSERT_TRUE(file->append("layer"));
    EXPECT_TRUE(file->finish());
}

TEST_F(BlobFileTest, HasOneWriter) {
    auto first = open();
    EXPECT_FALSE(open());
    first.reset();
    EXPECT_TRUE(open());
}

TEST_F(BlobFileTest, IsDeletedWhenItsBytesAreWrong) {
    auto file = open();
    ASSERT_TRUE(file->append("hallo layer"));
    EXPECT_EQ(file->finish().error().code, Code::data_loss);
    EXPECT_FALSE(std::filesystem::exists(part()));
    EXPECT_FALSE(has());
}

TEST_F(BlobFileTest, RefusesMoreThanItsSize) {
    auto file = open();
    EXPECT_EQ(file->append("hello layer and more").error().code, Code::data_loss);
    EXPECT_FALSE(std::filesystem::exists(part()));
}

TEST_F(BlobFileTest, StartsAgainWhenTooMuchWasLeft) {
    std::filesystem::create_directories(part().parent_path());
    ASSERT_TRUE(write_file(part(), "hello layer and more"));
    EXPECT_EQ(open()->size(), 0U);
}

TEST_F(BlobFileTest, DropsABlobThatWentBad) {
    std::filesystem::create_directories(part().parent_path());
    ASSERT_TRUE(write_file(blob_path(directory_, digest_), "hello laye?"));
    EXPECT_FALSE(has());
    EXPECT_FALSE(std::filesystem::exists(blob_path(directory_, digest_)));
}

} // namespace
} // namespace redoubt::node::image

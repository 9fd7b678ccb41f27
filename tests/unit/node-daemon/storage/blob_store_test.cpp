// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/blob_store.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "common/base/file.hpp"

namespace redoubt::node::storage {
namespace {

class BlobStoreTest : public ::testing::Test {
  protected:
    BlobStoreTest() = default;
    ~BlobStoreTest() override { std::filesystem::remove_all(folder_); }
    BlobStoreTest(const BlobStoreTest&) = delete;
    BlobStoreTest& operator=(const BlobStoreTest&) = delete;

    static std::filesystem::path make_folder() {
        auto name = (std::filesystem::temp_directory_path() / "blob-store-XXXXXX").native();
        return ::mkdtemp(name.data());
    }

    std::filesystem::path folder_ = make_folder();
    BlobStore store_{folder_ / "blobs"};
    const std::string k_bytes = std::string(700, 'b');
    const std::string k_digest = crypto::digest_of(k_bytes).value().str();
};

TEST_F(BlobStoreTest, ABlobIsADiskOfWholeSectors) {
    ASSERT_TRUE(write_file(folder_ / "blob", k_bytes));
    EXPECT_FALSE(store_.find(k_digest, 700));
    ASSERT_TRUE(store_.keep(k_digest, folder_ / "blob"));
    const auto disk = store_.find(k_digest, 700);
    ASSERT_TRUE(disk);
    EXPECT_EQ(disk->size_bytes, 700U);
    EXPECT_EQ(read_file(disk->file), k_bytes + std::string(324, '\0'));
    EXPECT_EQ(std::filesystem::status(disk->file).permissions(), std::filesystem::perms(0444));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "blob"));
}

TEST_F(BlobStoreTest, WholeSectorsStayAsTheyAre) {
    ASSERT_TRUE(store_.keep_bytes(k_digest, std::string(1024, 'x')));
    EXPECT_EQ(store_.size_of(k_digest), 1024U);
}

TEST_F(BlobStoreTest, ABlobThatWasCutIsNotFound) {
    ASSERT_TRUE(store_.keep_bytes(k_digest, k_bytes));
    std::filesystem::resize_file(store_.find(k_digest, 700)->file, 512);
    EXPECT_FALSE(store_.find(k_digest, 700));
}

TEST_F(BlobStoreTest, KeepsTheSameBlobTwiceAndForgetsItOnce) {
    ASSERT_TRUE(store_.keep_bytes(k_digest, k_bytes));
    ASSERT_TRUE(store_.keep_bytes(k_digest, k_bytes));
    EXPECT_EQ(store_.list(), std::vector<std::string>{k_digest});
    EXPECT_TRUE(store_.remove(k_digest));
    EXPECT_TRUE(store_.remove(k_digest));
    EXPECT_TRUE(store_.list().empty());
}

TEST_F(BlobStoreTest, NamesThatAreNoDigestsLeadNowhere) {
    EXPECT_FALSE(store_.find("sha256:../../etc/passwd", 7));
    EXPECT_EQ(store_.keep_bytes("../x", "y").error().code, Code::invalid_argument);
    EXPECT_FALSE(store_.remove("../x"));
}

} // namespace
} // namespace redoubt::node::storage

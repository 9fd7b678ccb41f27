// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/durable_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "common/base/file.hpp"

namespace redoubt {
namespace {

class DurableFile : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "durable-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        file_ = folder_ / "file";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] static mode_t mode_of(const std::filesystem::path& path) {
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 07777U;
    }

    std::filesystem::path folder_;
    std::filesystem::path file_;
};

TEST_F(DurableFile, IsNewAndHasExactlyTheModeThatWasAskedFor) {
    const auto umask_before = ::umask(077);
    EXPECT_TRUE(write_new_durably(file_, "text", 0644));
    ::umask(umask_before);
    EXPECT_EQ(read_file(file_), "text");
    EXPECT_EQ(mode_of(file_), 0644U);
}

TEST_F(DurableFile, IsNeverWrittenOverOneThatIsThereOrThroughALink) {
    ASSERT_TRUE(write_file(file_, "theirs"));
    EXPECT_EQ(write_new_durably(file_, "ours", 0600).error().code, Code::already_exists);
    std::filesystem::create_symlink(folder_ / "elsewhere", folder_ / "link");
    EXPECT_FALSE(write_new_durably(folder_ / "link", "ours", 0600));
    EXPECT_EQ(read_file(file_), "theirs");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "elsewhere"));
}

TEST_F(DurableFile, ReplacesWhatIsThereAndWhatAWriteThatWasCutOffHasLeft) {
    ASSERT_TRUE(write_file(file_, "old"));
    ASSERT_TRUE(write_file(file_.native() + ".new", "half of ano"));
    EXPECT_TRUE(replace_durably(file_, "new", 0600));
    EXPECT_EQ(read_file(file_), "new");
    EXPECT_EQ(mode_of(file_), 0600U);
    EXPECT_FALSE(std::filesystem::exists(file_.native() + ".new"));
}

TEST_F(DurableFile, LeavesTheOldContentAndNothingElseWhenItCannotBeReplaced) {
    std::filesystem::create_directory(file_);
    EXPECT_FALSE(replace_durably(file_, "new", 0600));
    EXPECT_TRUE(std::filesystem::is_directory(file_));
    EXPECT_FALSE(std::filesystem::exists(file_.native() + ".new"));
}

TEST_F(DurableFile, SyncsFilesAndFoldersAndNamesThoseThatAreNotThere) {
    EXPECT_TRUE(sync_to_disk(folder_));
    const auto missing = sync_to_disk(file_);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::not_found);
    EXPECT_NE(missing.error().message.find(file_.native()), std::string::npos);
}

} // namespace
} // namespace redoubt

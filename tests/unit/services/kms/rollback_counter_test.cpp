// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/rollback_counter.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <format>

#include "common/base/file.hpp"

namespace redoubt::services::kms {
namespace {

class FileCounter : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::remove(file_); }
    void TearDown() override { std::filesystem::remove(file_); }
    [[nodiscard]] std::unique_ptr<RollbackCounter> counter(std::string_view store = "store-1") const {
        return make_file_counter(root_, store, file_).value();
    }

    std::filesystem::path file_ =
        std::filesystem::temp_directory_path() / std::format("redoubt-counter-{}", ::getpid());
    RootKey root_ = RootKey::generate().value();
};

TEST_F(FileCounter, RemembersWhatItRoseTo) {
    EXPECT_EQ(counter()->read().value(), std::nullopt);
    EXPECT_EQ(counter()->make().value(), 1U);
    EXPECT_EQ(counter()->read().value(), 1U);
    EXPECT_TRUE(counter()->rise_to(2));
    EXPECT_EQ(counter()->read().value(), 2U);
    EXPECT_EQ(std::filesystem::status(file_).permissions(), std::filesystem::perms{0600});
}

TEST_F(FileCounter, IsOfItsStoreAndItsRootKey) {
    ASSERT_TRUE(counter()->make());
    EXPECT_EQ(counter("store-2")->read().error().code, Code::data_loss);
    EXPECT_EQ(make_file_counter(RootKey::generate().value(), "store-1", file_).value()->read().error().code,
              Code::data_loss);
}

TEST_F(FileCounter, ShowsThatItWasChanged) {
    ASSERT_TRUE(counter()->make());
    const auto text = read_file(file_).value();
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        auto changed = text;
        changed[i] = changed[i] == '7' ? '8' : '7';
        ASSERT_TRUE(write_file(file_, changed));
        EXPECT_FALSE(counter()->read()) << changed;
    }
    for (const std::string changed : {"", "{}", "[]", "1"}) {
        ASSERT_TRUE(write_file(file_, changed));
        EXPECT_FALSE(counter()->read()) << changed;
    }
    ASSERT_TRUE(write_file(file_, std::string(10'000, ' ')));
    EXPECT_EQ(counter()->read().error().code, Code::resource_exhausted);
}

} // namespace
} // namespace redoubt::services::kms

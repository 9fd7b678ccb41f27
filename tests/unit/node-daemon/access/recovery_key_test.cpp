// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/recovery_key.hpp"

#include <gtest/gtest.h>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"
#include "node-daemon/access/access.hpp"

namespace redoubt::node::access {
namespace {

constexpr const char* k_key = "cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv";

struct RecoveryKeyTest : testing::Test {
    std::filesystem::path folder;
    std::filesystem::path file;
    std::filesystem::path marker;

    void SetUp() override {
        std::string name = testing::TempDir() + "recovery-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        file = folder / "recovery-key";
        marker = folder / "fetched";
        ASSERT_TRUE(write_file(file, std::string(k_key) + "\n", 0600));
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    [[nodiscard]] RecoveryKey key() const { return {file, marker}; }
    [[nodiscard]] static std::string digest() { return crypto::digest_of(k_key)->str(); }
};

TEST_F(RecoveryKeyTest, IsReadAsOftenAsSomebodyAsksUntilItIsConfirmed) {
    EXPECT_EQ(key().read().value(), k_key);
    EXPECT_EQ(key().read().value(), k_key);
    EXPECT_FALSE(std::filesystem::exists(marker)) << "nobody has it yet for certain";
    ASSERT_TRUE(key().forget(digest()));
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_TRUE(std::filesystem::exists(marker));
    EXPECT_EQ(key().read().error().code, Code::not_found);
    EXPECT_EQ(key().forget(digest()).error().code, Code::not_found);
}

TEST_F(RecoveryKeyTest, IsKeptWhenSomebodyHasAnother) {
    for (const auto& other : {std::string(), std::string(k_key), crypto::digest_of("another")->str()})
        EXPECT_EQ(key().forget(other).error().code, Code::invalid_argument) << other;
    EXPECT_EQ(key().read().value(), k_key);
    EXPECT_FALSE(std::filesystem::exists(marker));
}

TEST_F(RecoveryKeyTest, AFileWithoutAKeyIsNotHandedOut) {
    for (const auto* text : {"", "\n", "key with spaces", "\x1b[2J"}) {
        ASSERT_TRUE(write_file(file, text, 0600));
        EXPECT_EQ(key().read().error().code, Code::data_loss) << text;
    }
}

TEST_F(RecoveryKeyTest, WhoFetchesItOnTheNodeItselfIsNotedToo) {
    auto store = AccessStore::open(folder / "access.db", [] { return std::string("now"); }).value();
    Access access(std::move(store), [] { return std::chrono::steady_clock::now(); });
    EXPECT_EQ(access.fetch_recovery_key({}).error().code, Code::not_found) << "a node that has none";
    EXPECT_EQ(access.confirm_recovery_key({}, digest()).error().code, Code::not_found);
    access.keep_recovery_key(key());
    EXPECT_EQ(access.fetch_recovery_key({}).value(), k_key);
    ASSERT_TRUE(access.confirm_recovery_key({}, digest()));
    const auto records = access.audit(0, 10)->lines;
    ASSERT_EQ(records.size(), 2U);
    EXPECT_NE(records[0].find("Access.FetchRecoveryKey"), std::string::npos);
    EXPECT_NE(records[1].find("Access.ConfirmRecoveryKey"), std::string::npos);
    for (const auto& record : records)
        EXPECT_EQ(record.find(k_key), std::string::npos) << "the key in the log";
}

} // namespace
} // namespace redoubt::node::access

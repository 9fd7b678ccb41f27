// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/sqlite/database.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "common/base/file.hpp"

namespace redoubt::sqlite {
namespace {

using namespace std::string_view_literals;

class SqliteDatabase : public testing::Test {
  protected:
    void SetUp() override {
        directory_ = testing::TempDir() + "redoubt-sqlite-" +
                     testing::UnitTest::GetInstance()->current_test_info()->name();
        std::filesystem::remove_all(directory_);
        std::filesystem::create_directories(directory_);
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::filesystem::path file() const { return std::filesystem::path(directory_) / "state.db"; }

  private:
    std::string directory_;
};

constexpr std::array k_first = {"CREATE TABLE things (id TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT;"sv};
constexpr std::array k_second = {k_first[0],
                                 "ALTER TABLE things ADD COLUMN note TEXT NOT NULL DEFAULT '';"sv};

TEST_F(SqliteDatabase, KeepsTypedValues) {
    auto database = Database::open(file()).value();
    ASSERT_TRUE(database.migrate(k_first));
    auto insert = database.prepare("INSERT INTO things VALUES (?, ?)").value();
    ASSERT_TRUE(insert.run("with \0 inside"sv, std::uint64_t{1} << 40U));
    ASSERT_TRUE(insert.run(std::string(), -1));
    auto select = database.prepare("SELECT id, size FROM things ORDER BY size").value();
    ASSERT_EQ(select.step(), true);
    EXPECT_EQ(select.column_text(0), "");
    EXPECT_EQ(select.column_integer(1), -1);
    ASSERT_EQ(select.step(), true);
    EXPECT_EQ(select.column_text(0), "with \0 inside"sv);
    EXPECT_EQ(select.column_integer(1), std::int64_t{1} << 40U);
    EXPECT_EQ(select.step(), false);
}

TEST_F(SqliteDatabase, TellsABrokenUniquenessRuleFromOtherFailures) {
    auto database = Database::open(":memory:").value();
    ASSERT_TRUE(database.migrate(k_first));
    auto insert = database.prepare("INSERT INTO things VALUES (?, ?)").value();
    ASSERT_TRUE(insert.run("a", 1));
    const auto again = insert.run("a", 2);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::already_exists);
    EXPECT_TRUE(insert.run("b", 2)) << "a failed statement can be used again";
}

TEST_F(SqliteDatabase, MigratesAnOlderFileAndKeepsItsRows) {
    {
        auto database = Database::open(file()).value();
        ASSERT_TRUE(database.migrate(k_first));
        ASSERT_TRUE(database.execute("INSERT INTO things VALUES ('a', 1)"));
    }
    auto database = Database::open(file()).value();
    ASSERT_TRUE(database.migrate(k_second));
    EXPECT_EQ(database.schema_version(), 2);
    auto select = database.prepare("SELECT id, note FROM things").value();
    ASSERT_EQ(select.step(), true);
    EXPECT_EQ(select.column_text(0), "a");
}

TEST_F(SqliteDatabase, RefusesANewerSchema) {
    auto database = Database::open(file()).value();
    ASSERT_TRUE(database.migrate(k_second));
    const auto result = database.migrate(k_first);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::failed_precondition);
    EXPECT_NE(result.error().message.find("schema version 2 is newer than 1"), std::string::npos);
}

TEST_F(SqliteDatabase, AFailedMigrationLeavesTheOldVersion) {
    constexpr std::array broken = {k_first[0], "CREATE TABLE more (id); NONSENSE;"sv};
    auto database = Database::open(file()).value();
    ASSERT_TRUE(database.migrate(k_first));
    EXPECT_FALSE(database.migrate(broken));
    EXPECT_EQ(database.schema_version(), 1);
    EXPECT_FALSE(database.prepare("SELECT * FROM more"));
}

TEST_F(SqliteDatabase, RollsBackATransactionThatIsNotCommitted) {
    auto database = Database::open(":memory:").value();
    ASSERT_TRUE(database.migrate(k_first));
    {
        auto transaction = Transaction::begin(database).value();
        ASSERT_TRUE(database.execute("INSERT INTO things VALUES ('a', 1)"));
    }
    auto count = database.prepare("SELECT count(*) FROM things").value();
    ASSERT_EQ(count.step(), true);
    EXPECT_EQ(count.column_integer(0), 0);
}

TEST_F(SqliteDatabase, SaysThatAFileIsNotADatabase) {
    ASSERT_TRUE(write_file(file(), std::string(4096, 'x')));
    const auto database = Database::open(file());
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, Code::data_loss);
    EXPECT_NE(database.error().message.find(file().native()), std::string::npos);
}

} // namespace
} // namespace redoubt::sqlite

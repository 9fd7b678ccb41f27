// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Stores and the counter that tells an earlier copy of them.

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "common/sqlite/database.hpp"
#include "services/store/trust_store.hpp"

namespace redoubt::services::store {
namespace {

using Rule = TrustStore::CounterRule;
using namespace std::chrono_literals;

/// What the counter outlives: it is not in the store.
struct Outside {
    std::optional<std::uint64_t> value;
    std::string kind = "file";
    std::chrono::milliseconds pause{};
    bool is_broken = false;
};

class MemoryCounter final : public kms::RollbackCounter {
  public:
    explicit MemoryCounter(Outside& outside) : outside_(&outside) {}
    [[nodiscard]] std::string_view kind() const override { return outside_->kind; }
    Result<std::optional<std::uint64_t>> read() override { return outside_->value; }
    Result<std::uint64_t> make() override {
        outside_->value = 100;
        return 100;
    }
    Status rise_to(std::uint64_t value) override {
        if (outside_->is_broken) return fail(Code::unavailable, "broken");
        outside_->value = value;
        return {};
    }
    [[nodiscard]] std::chrono::milliseconds least_pause() const override { return outside_->pause; }

  private:
    Outside* outside_;
};

class Rollback : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / std::format("redoubt-rollback-{}", ::getpid());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        ASSERT_TRUE(TrustStore::create(file(), passphrase_, {1024, 1}, clock));
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static std::string clock() { return "2026-01-31T08:00:00Z"; }
    [[nodiscard]] std::filesystem::path file() const { return folder_ / "trust.db"; }
    [[nodiscard]] Result<std::unique_ptr<TrustStore>> open(Rule rule = Rule::checked) {
        return TrustStore::open(
            file(), by_passphrase(passphrase_), clock,
            [this](const kms::RootKey&, std::string_view) -> Result<std::unique_ptr<kms::RollbackCounter>> {
                return std::make_unique<MemoryCounter>(outside_);
            },
            rule);
    }
    void write(const std::string& value) { ASSERT_TRUE(put(**open(), value)); }
    static Status put(TrustStore& store, const std::string& value) {
        return store.write({{{{"acme", "resource", "x"}, value, "alice"}}}, {});
    }
    void keep() const {
        std::filesystem::copy_file(file(), folder_ / "kept",
                                   std::filesystem::copy_options::overwrite_existing);
    }
    void put_back() const {
        for (const auto* end : {"-wal", "-shm"}) std::filesystem::remove(file().native() + end);
        std::filesystem::copy_file(folder_ / "kept", file(),
                                   std::filesystem::copy_options::overwrite_existing);
    }
    [[nodiscard]] std::string refusal() {
        const auto store = open();
        EXPECT_FALSE(store);
        if (store) return {};
        EXPECT_EQ(store.error().code, Code::failed_precondition);
        return store.error().message;
    }

    std::filesystem::path folder_;
    crypto::Secret passphrase_ = crypto::Secret::copy_of("correct horse");
    Outside outside_;
};

TEST_F(Rollback, RefusesAnEarlierCopy) {
    write("first");
    keep();
    ASSERT_TRUE(open()) << "opening is no change";
    put_back();
    ASSERT_TRUE(open()) << "nothing has changed since";
    write("second");
    put_back();
    EXPECT_TRUE(refusal().contains("an earlier copy"));
    EXPECT_TRUE(refusal().contains("redoubt-kbs restore"));
}

TEST_F(Rollback, TakesAnEarlierCopyThatSomebodyWants) {
    write("first");
    keep();
    write("second");
    std::filesystem::copy_file(file(), folder_ / "newer");
    put_back();
    ASSERT_TRUE(open(Rule::taken));
    EXPECT_EQ((*open())->get({"acme", "resource", "x"})->value.view(), "first");
    const auto last = (*open())->audit_lines((*open())->audit_count(), 1).value().at(0);
    EXPECT_TRUE(last.contains("store.counter")) << last;
    // The one that was left is an earlier one now.
    std::filesystem::copy_file(folder_ / "newer", file(), std::filesystem::copy_options::overwrite_existing);
    EXPECT_TRUE(refusal().contains("an earlier copy"));
}

TEST_F(Rollback, TakesNoCopyWhoseValuesDoNotOpen) {
    write("first");
    const auto there = outside_.value;
    ASSERT_TRUE(sqlite::Database::open(file())->execute("UPDATE object SET value = 'AAAA'"));
    EXPECT_EQ(open(Rule::taken).error().code, Code::data_loss);
    EXPECT_EQ(outside_.value, there);
}

TEST_F(Rollback, SurvivesACutBetweenTheStoreAndItsCounter) {
    write("first");
    const auto before = outside_.value;
    write("second");
    outside_.value = before;
    ASSERT_TRUE(open());
    EXPECT_EQ(outside_.value, *before + 1);
    write("third");
    EXPECT_EQ((*open())->get({"acme", "resource", "x"})->value.view(), "third");
}

TEST_F(Rollback, SaysThatTheCounterDidNotRise) {
    {
        const auto store = open().value();
        outside_.is_broken = true;
        EXPECT_TRUE(put(*store, "first").error().message.contains("counter did not rise"));
        EXPECT_FALSE(put(*store, "second"));
        outside_.is_broken = false;
        EXPECT_TRUE(put(*store, "third"));
    }
    EXPECT_EQ((*open())->get({"acme", "resource", "x"})->value.view(), "third");
}

TEST_F(Rollback, RefusesACounterThatIsGoneOrAnotherOrPutBack) {
    write("first");
    write("second");
    const auto there = outside_;
    outside_.value.reset();
    EXPECT_TRUE(refusal().contains("gone"));
    outside_.value = *there.value - 2;
    EXPECT_TRUE(refusal().contains("put back"));
    outside_ = there;
    outside_.kind = "tpm";
    EXPECT_TRUE(refusal().contains("'file'"));
    outside_ = there;
    ASSERT_TRUE(open());
    ASSERT_TRUE(sqlite::Database::open(file())->execute("DELETE FROM meta WHERE key = 'counter'"));
    EXPECT_TRUE(refusal().contains("before it had a counter"));
    ASSERT_TRUE(sqlite::Database::open(file())->execute("INSERT INTO meta VALUES('counter', 'AAAA')"));
    EXPECT_EQ(open().error().code, Code::data_loss);
}

TEST_F(Rollback, LetsACounterRestAndSettlesInTheEnd) {
    outside_.pause = 1h;
    {
        const auto store = open().value();
        const auto first = outside_.value;
        ASSERT_TRUE(put(*store, "first"));
        ASSERT_TRUE(put(*store, "second"));
        EXPECT_EQ(outside_.value, first) << "it rose when the store was opened for the first time";
        keep();
        ASSERT_TRUE(store->settle());
        EXPECT_EQ(outside_.value, *first + 1);
        ASSERT_TRUE(store->settle());
        EXPECT_EQ(outside_.value, *first + 1);
    }
    put_back();
    EXPECT_TRUE(refusal().contains("an earlier copy"));
}

TEST_F(Rollback, MakesTheCounterOfANewStoreAnew) {
    outside_.value = 7; // an earlier store's
    ASSERT_TRUE(open(Rule::made_anew));
    write("first");
    EXPECT_EQ((*open())->get({"acme", "resource", "x"})->value.view(), "first");
}

} // namespace
} // namespace redoubt::services::store

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/store/trust_store.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

namespace redoubt::services::store {
namespace {

class TrustStoreTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / std::format("redoubt-trust-store-{}", ::getpid());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        ASSERT_TRUE(TrustStore::create(file(), passphrase(), {1024, 1}, clock));
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static std::string clock() { return "2026-01-31T08:00:00Z"; }
    static crypto::Secret passphrase() { return crypto::Secret::copy_of("correct horse"); }
    [[nodiscard]] std::filesystem::path file() const { return folder_ / "trust.db"; }
    [[nodiscard]] std::unique_ptr<TrustStore> open() const {
        return TrustStore::open(file(), by_passphrase(passphrase()), clock).value();
    }

    std::filesystem::path folder_;
};

const ObjectName k_name{"acme", "resource", "repo/type/tag"};
AuditEntry noted(const std::string& what) {
    return {.tenant = "acme",
            .actor = "test",
            .peer = {},
            .operation = what,
            .object = {},
            .decision = "allowed",
            .reason = {},
            .facts = {}};
}

TEST_F(TrustStoreTest, KeepsVersionsAndForgetsRemovedValues) {
    {
        const auto store = open();
        EXPECT_EQ(store->get(k_name).error().code, Code::not_found);
        ASSERT_TRUE(store->write({{{k_name, "first", "alice"}}}, {{noted("one")}}));
        ASSERT_TRUE(store->write({{{k_name, "second", "bob"}}}, {{noted("two")}}));
    }
    const auto store = open();
    const auto object = store->get(k_name);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->value.view(), "second");
    EXPECT_EQ(object->version, 2);
    EXPECT_EQ(object->author, "bob");
    EXPECT_EQ(store->get_version(k_name, 1)->value.view(), "first");
    ASSERT_TRUE(store->write({{{k_name, std::nullopt, "bob"}}}, {{noted("three")}}));
    EXPECT_EQ(store->get(k_name).error().code, Code::not_found);
    EXPECT_EQ(store->get_version(k_name, 1).error().code, Code::not_found);
    EXPECT_TRUE(store->list("acme", "resource")->empty());
    EXPECT_EQ(store->history(k_name)->size(), 3U);
    ASSERT_TRUE(store->write({{{k_name, "third", "bob"}}}, {}));
    EXPECT_EQ(store->get(k_name)->version, 4);
}

TEST_F(TrustStoreTest, SeparatesTenantsAndKinds) {
    const auto store = open();
    ASSERT_TRUE(store->write({{{k_name, "acme's", "a"},
                               {{"other", "resource", "repo/type/tag"}, "other's", "a"},
                               {{"acme", "policy", "repo/type/tag"}, "policy", "a"}}},
                             {}));
    EXPECT_EQ(store->get(k_name)->value.view(), "acme's");
    EXPECT_EQ(store->get({"other", "resource", "repo/type/tag"})->value.view(), "other's");
    EXPECT_EQ(store->list("acme", "resource")->size(), 1U);
    EXPECT_FALSE(store->get({"third", "resource", "repo/type/tag"}));
}

TEST_F(TrustStoreTest, WritesChangesAndRecordsTogetherOrNotAtAll) {
    const auto store = open();
    ASSERT_TRUE(store->write({}, {{noted("one"), noted("two")}}));
    const auto head = store->audit_head();
    // A record that cannot be written: 2^53 and more is no canonical number.
    auto bad = noted("three");
    bad.facts["number"] = std::uint64_t{1} << 60U;
    EXPECT_FALSE(store->write({{{k_name, "never", "a"}}}, {{bad}}));
    EXPECT_EQ(store->audit_head(), head);
    EXPECT_FALSE(store->get(k_name));
    ASSERT_TRUE(store->write({}, {{noted("three")}}));
    AuditVerifier verifier;
    ASSERT_TRUE(read_audit_lines(file(), [&](std::string_view line) { return verifier.next(line); }));
    EXPECT_EQ(verifier.count(), 3);
    EXPECT_EQ(verifier.head(), store->audit_head());
    EXPECT_EQ(store->audit_lines(2, 10)->size(), 2U);
}

TEST_F(TrustStoreTest, OpensOnlyWithItsPassphrase) {
    EXPECT_EQ(
        TrustStore::open(file(), by_passphrase(crypto::Secret::copy_of("another one")), clock).error().code,
        Code::permission_denied);
    EXPECT_EQ(TrustStore::open(folder_ / "none.db", by_passphrase(passphrase()), clock).error().code,
              Code::not_found);
    EXPECT_EQ(TrustStore::create(file(), passphrase(), {1024, 1}, clock).error().code, Code::already_exists);
}

} // namespace
} // namespace redoubt::services::store

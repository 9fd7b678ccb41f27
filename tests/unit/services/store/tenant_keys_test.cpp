// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Stores and the keys of their tenants; among them a store as the release before tenants had keys left it
/// (tests/golden/services/store/trust-1.sql).

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "common/base/file.hpp"
#include "common/sqlite/database.hpp"
#include "services/store/trust_store.hpp"

namespace redoubt::services::store {
namespace {

const ObjectName k_default{"default", "resource", "repo/type/tag"};
const ObjectName k_acme{"acme", "resource", "repo/type/tag"};

class TenantKeys : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / std::format("redoubt-tenant-keys-{}", ::getpid());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        const char* source = std::getenv("REDOUBT_SOURCE"); // NOLINT(concurrency-mt-unsafe): one thread
        const auto dump = read_file(std::string(source == nullptr ? "." : source) +
                                    "/tests/golden/services/store/trust-1.sql");
        ASSERT_TRUE(dump) << dump.error().message;
        ASSERT_TRUE(sqlite::Database::open(file())->execute(*dump));
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static std::string clock() { return "2026-01-31T08:00:00Z"; }
    [[nodiscard]] std::filesystem::path file() const { return folder_ / "trust.db"; }
    [[nodiscard]] Result<std::unique_ptr<TrustStore>> open() const {
        return TrustStore::open(file(), by_passphrase(passphrase_), clock);
    }
    void change(const std::string& sql) const { ASSERT_TRUE(sqlite::Database::open(file())->execute(sql)); }
    [[nodiscard]] std::int64_t number_of(const std::string& sql) const {
        auto database = sqlite::Database::open(file()).value();
        auto statement = database.prepare(sql).value();
        return statement.bind() && statement.step() ? statement.column_integer(0) : -1;
    }

    std::filesystem::path folder_;
    crypto::Secret passphrase_ = crypto::Secret::copy_of("correct horse battery staple");
};

AuditEntry rekeyed() {
    return {.tenant = "acme",
            .actor = "test",
            .peer = {},
            .operation = "tenant.rekey",
            .object = "tenant/acme",
            .decision = "allowed",
            .reason = {},
            .facts = {}};
}

TEST_F(TenantKeys, AreGivenToAStoreOfTheFirstFormat) {
    for (int i = 0; i < 2; ++i) {
        const auto store = open();
        ASSERT_TRUE(store) << store.error().message;
        EXPECT_EQ((*store)->get(k_default)->value.view(), "of the default tenant, again");
        EXPECT_EQ((*store)->get_version(k_default, 1)->value.view(), "of the default tenant");
        EXPECT_EQ((*store)->get(k_acme)->value.view(), "of acme");
        EXPECT_EQ((*store)->get({"acme", "resource", "repo/type/gone"}).error().code, Code::not_found);
        EXPECT_TRUE((*store)->get({"", "server-key", "token"}));
        EXPECT_EQ((*store)->tenants_with_keys().value(), (std::vector<std::string>{"", "acme", "default"}));
    }
    EXPECT_EQ(number_of("SELECT count(*) FROM object WHERE key_version = 0 AND is_removed = 0"), 0);
    EXPECT_EQ(number_of("SELECT count(*) FROM audit WHERE line LIKE '%\"store.upgrade\"%'"), 1);
    AuditVerifier verifier;
    EXPECT_TRUE(read_audit_lines(file(), [&](std::string_view line) { return verifier.next(line); }));
}

TEST_F(TenantKeys, AreGivenAllAtOnceOrNotAtAll) {
    change("UPDATE object SET value = 'AAAA' WHERE tenant = 'default' AND name = 'repo/type/tag' AND version "
           "= 1");
    EXPECT_EQ(open().error().code, Code::data_loss);
    EXPECT_EQ(number_of("SELECT count(*) FROM tenant_key"), 0);
    EXPECT_EQ(number_of("SELECT count(*) FROM object WHERE key_version <> 0"), 0);
}

TEST_F(TenantKeys, LeaveTheFirstFormatBehind) {
    // What lay in an earlier copy of the file, put into a store that has been brought forward.
    auto before = sqlite::Database::open(file()).value();
    auto statement = before
                         .prepare("SELECT value FROM object WHERE tenant = 'acme' AND kind = 'resource' "
                                  "AND name = 'repo/type/tag'")
                         .value();
    ASSERT_TRUE(statement.bind() && statement.step());
    const auto old = statement.column_text(0);
    ASSERT_TRUE(open());
    change("UPDATE object SET key_version = 0, value = '" + old +
           "' WHERE tenant = 'acme' AND kind = 'resource' AND name = 'repo/type/tag'");
    EXPECT_EQ((*open())->get(k_acme).error().code, Code::data_loss);
}

TEST_F(TenantKeys, AreRenewedAndTheOldOneIsGone) {
    std::string old;
    {
        const auto store = open().value();
        EXPECT_EQ(store->renew_tenant_key("nobody", rekeyed()).error().code, Code::not_found);
        auto database = sqlite::Database::open(file()).value();
        auto statement = database
                             .prepare("SELECT value FROM object WHERE tenant = 'acme' AND "
                                      "kind = 'resource' AND name = 'repo/type/tag'")
                             .value();
        ASSERT_TRUE(statement.bind() && statement.step());
        old = statement.column_text(0);
    }
    {
        const auto store = open().value();
        ASSERT_TRUE(store->renew_tenant_key("acme", rekeyed()));
        EXPECT_EQ(store->get(k_acme)->value.view(), "of acme");
        ASSERT_TRUE(store->write({{{k_acme, "newer", "alice"}}}, {}));
    }
    EXPECT_EQ(number_of("SELECT min(version) FROM tenant_key WHERE tenant = 'acme'"), 2);
    EXPECT_EQ(number_of("SELECT min(key_version) FROM object WHERE tenant = 'acme' AND is_removed = 0"), 2);
    EXPECT_EQ(number_of("SELECT max(version) FROM tenant_key WHERE tenant = 'default'"), 1);
    EXPECT_EQ((*open())->get(k_acme)->value.view(), "newer");
    change("UPDATE object SET key_version = 1, value = '" + old +
           "' WHERE tenant = 'acme' AND kind = 'resource' AND name = 'repo/type/tag' AND version = 1");
    EXPECT_EQ((*open())->get_version(k_acme, 1).error().code, Code::data_loss);
}

TEST_F(TenantKeys, OfAnotherTenantOrVersionAreRefused) {
    ASSERT_TRUE(open());
    change("UPDATE tenant_key SET tenant = 'thief' WHERE tenant = 'acme'");
    EXPECT_EQ(open().error().code, Code::data_loss);
    change("UPDATE tenant_key SET tenant = 'acme' WHERE tenant = 'thief'");
    ASSERT_TRUE(open());
    change("UPDATE tenant_key SET version = 2 WHERE tenant = 'acme'");
    EXPECT_EQ(open().error().code, Code::data_loss);
}

TEST_F(TenantKeys, AreNotKeptWhenTheirTransactionFails) {
    const auto store = open().value();
    const ObjectName name{"newcomer", "resource", "repo/type/tag"};
    change("CREATE TRIGGER no BEFORE INSERT ON object WHEN NEW.tenant = 'newcomer' "
           "BEGIN SELECT raise(ABORT, 'no'); END");
    EXPECT_FALSE(store->write({{{name, "x", "alice"}}}, {}));
    change("DROP TRIGGER no");
    EXPECT_EQ(number_of("SELECT count(*) FROM tenant_key WHERE tenant = 'newcomer'"), 0);
    ASSERT_TRUE(store->write({{{name, "y", "alice"}}}, {}));
    EXPECT_EQ((*open())->get(name)->value.view(), "y");
}

} // namespace
} // namespace redoubt::services::store

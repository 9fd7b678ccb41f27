// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/access_store.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>

#include "common/base/file.hpp"

namespace redoubt::node::access {
namespace {

std::string fixed_time() {
    return "2026-01-31T08:00:00.000Z";
}

audit::Entry entry(std::string operation) {
    audit::Entry made;
    made.actor = "client:alice";
    made.peer = "192.0.2.1:4711";
    made.operation = std::move(operation);
    made.decision = "allowed";
    return made;
}

Client client(char digit, std::string name, Role role = Role::viewer) {
    return {crypto::Digest::parse("sha256:" + std::string(64, digit)).value(), std::move(name), role, 5,
            "local"};
}

struct Store : testing::Test {
    std::filesystem::path folder;
    void SetUp() override {
        std::string name = testing::TempDir() + "access-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    [[nodiscard]] std::unique_ptr<AccessStore> open(std::int64_t kept = AccessStore::k_kept_records) const {
        return AccessStore::open(folder / "access.db", fixed_time, kept).value();
    }
};

Status verify(const AuditPage& page) {
    audit::ChainVerifier verifier(page.count_before, page.previous_hash);
    for (const auto& line : page.lines) RDT_CHECK(verifier.next(line));
    return {};
}

TEST_F(Store, ItsSchemaIsTheGoldenOne) {
    std::string text;
    for (const auto migration : access_migrations()) text += migration;
    const auto golden =
        read_file(std::string(std::getenv("REDOUBT_SOURCE")) + "/tests/golden/access-database.sql");
    ASSERT_TRUE(golden) << golden.error().message;
    EXPECT_EQ(text, *golden);
}

TEST_F(Store, OnlyItsOwnerMayReadIt) {
    const auto store = open();
    struct stat info{};
    ASSERT_EQ(::stat((folder / "access.db").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(Store, ClientsComeBackAfterARestart) {
    ASSERT_TRUE(open()->add(client('1', "alice", Role::admin), entry("client.add")));
    const auto clients = open()->clients().value();
    ASSERT_EQ(clients.size(), 1U);
    EXPECT_EQ(clients[0].name, "alice");
    EXPECT_EQ(clients[0].role, Role::admin);
    EXPECT_EQ(clients[0].fingerprint.hex(), std::string(64, '1'));
    EXPECT_EQ(clients[0].added_at, 5);
}

TEST_F(Store, ANameOrACertificateIsThereOnce) {
    const auto store = open();
    ASSERT_TRUE(store->add(client('1', "alice"), entry("client.add")));
    EXPECT_EQ(store->add(client('2', "alice"), entry("client.add")).error().code, Code::already_exists);
    EXPECT_EQ(store->add(client('1', "bob"), entry("client.add")).error().code, Code::already_exists);
    EXPECT_EQ(store->audit(0, 10)->lines.size(), 1U) << "what did not happen is not noted";
}

TEST_F(Store, ARemovedClientIsGone) {
    const auto store = open();
    ASSERT_TRUE(store->add(client('1', "alice"), entry("client.add")));
    ASSERT_TRUE(store->remove(client('1', "").fingerprint, entry("client.remove")));
    EXPECT_TRUE(store->clients()->empty());
    EXPECT_EQ(store->remove(client('1', "").fingerprint, entry("client.remove")).error().code,
              Code::not_found);
}

TEST_F(Store, TheChainGoesOnAfterARestart) {
    ASSERT_TRUE(open()->note(entry("one")));
    ASSERT_TRUE(open()->note(entry("two")));
    const auto page = open()->audit(0, 10).value();
    EXPECT_EQ(page.lines.size(), 2U);
    EXPECT_TRUE(verify(page));
    const auto rest = open()->audit(2, 10).value();
    EXPECT_EQ(rest.count_before, 1);
    EXPECT_TRUE(verify(rest));
}

TEST_F(Store, ARecordHasItsGoldenForm) {
    const auto store = open();
    auto made = entry("Node.StopContainer");
    made.facts["result"] = "OK";
    ASSERT_TRUE(store->note(made));
    EXPECT_EQ(store->audit(0, 1)->lines[0],
              R"({"actor":"client:alice","decision":"allowed","facts":{"result":"OK"},"object":"",)"
              R"("op":"Node.StopContainer","peer":"192.0.2.1:4711",)"
              R"("prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,)"
              R"("t":"2026-01-31T08:00:00.000Z","tenant":"","v":1})");
}

TEST_F(Store, AChangedRecordBreaksTheChain) {
    const auto store = open();
    ASSERT_TRUE(store->note(entry("one")));
    ASSERT_TRUE(store->note(entry("two")));
    auto page = store->audit(0, 10).value();
    page.lines[0].replace(page.lines[0].find("one"), 3, "eno");
    EXPECT_FALSE(verify(page));
}

TEST_F(Store, OldRecordsGoAndTheChainStillHolds) {
    constexpr std::int64_t k_kept = 10;
    {
        const auto store = open(k_kept);
        for (int i = 0; i < 1025; ++i) ASSERT_TRUE(store->note(entry(std::to_string(i))));
    }
    const auto store = open(k_kept);
    const auto page = store->audit(0, 5000).value();
    EXPECT_EQ(page.count_before, 1000);
    EXPECT_EQ(page.lines.size(), 25U);
    EXPECT_TRUE(verify(page)) << verify(page).error().message;
}

TEST_F(Store, ADamagedEndIsRefused) {
    {
        ASSERT_TRUE(open()->note(entry("one")));
        auto database = sqlite::Database::open(folder / "access.db").value();
        ASSERT_TRUE(database.execute("UPDATE audit SET line = '{}'"));
    }
    const auto store = AccessStore::open(folder / "access.db", fixed_time);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Code::data_loss);
}

} // namespace
} // namespace redoubt::node::access

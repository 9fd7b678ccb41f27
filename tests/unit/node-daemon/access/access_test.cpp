// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/access.hpp"

#include <gtest/gtest.h>

#include "common/base/file.hpp"
#include "tests/support/identities.hpp"

namespace redoubt::node::access {
namespace {

using namespace std::chrono_literals;

struct AccessTest : testing::Test {
    std::filesystem::path folder;
    std::chrono::steady_clock::time_point now{1h};
    std::unique_ptr<Access> access;

    void SetUp() override {
        std::string name = testing::TempDir() + "access-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        open();
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    void open() {
        auto identity = remote::load_or_make_identity(folder / "id", "redoubt-node").value();
        auto store = AccessStore::open(folder / "access.db", [] { return std::string("now"); }).value();
        access = std::make_unique<Access>(std::move(store), [this] { return now; });
        access->present(std::move(identity));
    }
    [[nodiscard]] std::size_t records() const { return access->audit(0, 10'000)->lines.size(); }
};

TEST_F(AccessTest, AFileMakesItsCertificatesAdministrators) {
    const auto first = test::make_identity("alice");
    const auto second = test::make_identity("alice");
    const auto third = test::make_identity("a/b\n");
    const auto file = folder / "admins.pem";
    ASSERT_TRUE(
        write_file(file, "text before\n" + first.certificate + second.certificate + third.certificate));
    ASSERT_TRUE(access->add_from_file(file));
    auto clients = access->clients().value();
    ASSERT_EQ(clients.size(), 3U);
    for (const auto& client : clients) EXPECT_EQ(client.role, Role::admin);
    EXPECT_FALSE(access->open_if_unmanaged().value()) << "it is managed";
    ASSERT_TRUE(access->add_from_file(file)) << "a second start";
    EXPECT_EQ(access->clients()->size(), 3U);
}

TEST_F(AccessTest, AFileWithoutACertificateIsRefusedByName) {
    const auto file = folder / "admins.pem";
    ASSERT_TRUE(write_file(file, "nothing"));
    EXPECT_EQ(access->add_from_file(file).error().message,
              file.native() + ": there is no certificate in it, in PEM form");
    ASSERT_TRUE(write_file(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    EXPECT_EQ(access->add_from_file(file).error().code, Code::invalid_argument);
    EXPECT_EQ(access->add_from_file(folder / "none").error().code, Code::not_found);
}

TEST_F(AccessTest, StrangersCannotFillTheAuditLog) {
    const auto stranger = test::make_identity("x");
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(
            access->admit({"192.0.2.1:1", stranger.certificate}, {"Node.ListContainers", Need::viewer}));
    EXPECT_EQ(records(), RefusalLimit::k_burst);
    now += 10s;
    EXPECT_FALSE(access->admit({"192.0.2.1:1", stranger.certificate}, {"Node.ListContainers", Need::viewer}));
    EXPECT_NE(access->audit(0, 10'000)->lines.back().find("\"not_noted\":80"), std::string::npos);
}

TEST_F(AccessTest, AChangeIsNotedBeforeItHappensAndALookAfterwards) {
    const auto admin = test::make_identity("alice");
    ASSERT_TRUE(access->add_client({}, admin.certificate, "", Role::admin));
    const auto before = records();
    const auto caller =
        access->admit({"192.0.2.1:1", admin.certificate}, {"Node.RemoveContainer", Need::admin});
    ASSERT_TRUE(caller);
    EXPECT_EQ(records(), before + 1);
    access->note_end(*caller, {"Node.RemoveContainer", Need::admin}, {"NOT_FOUND", "no container 'x'"});
    EXPECT_EQ(records(), before + 2);
    ASSERT_TRUE(access->admit({"192.0.2.1:1", admin.certificate}, {"Node.ListContainers", Need::viewer}));
    EXPECT_EQ(records(), before + 2);
}

TEST_F(AccessTest, WithoutAnAuditLogNothingIsChanged) {
    const auto admin = test::make_identity("alice");
    ASSERT_TRUE(access->add_client({}, admin.certificate, "", Role::admin));
    {
        auto database = sqlite::Database::open(folder / "access.db").value();
        ASSERT_TRUE(database.execute("DROP TABLE audit"));
    }
    const auto refused =
        access->admit({"192.0.2.1:1", admin.certificate}, {"Node.RemoveContainer", Need::admin});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
}

TEST_F(AccessTest, PairingIsClosedOnceThereIsAnAdministrator) {
    ASSERT_TRUE(access->open_if_unmanaged().value());
    ASSERT_TRUE(access->pairing().is_open);
    ASSERT_TRUE(access->add_client({}, test::make_identity("alice").certificate, "", Role::admin));
    EXPECT_FALSE(access->pairing().is_open);
    EXPECT_EQ(access->open_pairing({}).error().code, Code::failed_precondition);
}

TEST_F(AccessTest, AViewerLeavesThePairingOpen) {
    ASSERT_TRUE(access->open_if_unmanaged().value());
    ASSERT_TRUE(access->add_client({}, test::make_identity("bob").certificate, "", Role::viewer));
    EXPECT_TRUE(access->pairing().is_open);
}

TEST_F(AccessTest, TheIdentityAndTheClientsStayOverARestart) {
    const auto admin = test::make_identity("alice");
    ASSERT_TRUE(access->add_client({}, admin.certificate, "", Role::admin));
    const auto fingerprint = access->identity().value()->fingerprint;
    access.reset();
    open();
    EXPECT_EQ(access->identity().value()->fingerprint, fingerprint);
    EXPECT_TRUE(access->admit({"192.0.2.1:1", admin.certificate}, {"Node.RemoveContainer", Need::admin}));
}

TEST_F(AccessTest, WithoutAnIdentityItSaysWhyAndNobodyPairs) {
    ASSERT_TRUE(access->open_pairing({}));
    access->lose_identity("its key broker refuses it");
    EXPECT_EQ(access->identity().error(),
              (Error{Code::unavailable, "this node has no identity: its key broker refuses it"}));
    EXPECT_FALSE(access->pairing().is_open);
    EXPECT_EQ(access->open_pairing({}).error().code, Code::unavailable);
    EXPECT_EQ(access->open_if_unmanaged().error().code, Code::unavailable);
}

TEST_F(AccessTest, AnotherIdentityEndsAPairingThatWasBegunWithTheFirst) {
    ASSERT_TRUE(access->open_pairing({}));
    auto other = remote::load_or_make_identity(folder / "other", "redoubt-node").value();
    const auto fingerprint = other.fingerprint;
    access->present(std::move(other));
    EXPECT_EQ(access->identity().value()->fingerprint, fingerprint);
    EXPECT_FALSE(access->pairing().is_open);
    EXPECT_TRUE(access->open_pairing({}));
}

TEST_F(AccessTest, NamesAreShortAndPlain) {
    EXPECT_TRUE(check_client_name("alice@laptop.example"));
    for (const auto* wrong : {"", " a", "a ", "a\nb", "sha256:00", "a\"b"})
        EXPECT_FALSE(check_client_name(wrong)) << wrong;
    EXPECT_FALSE(check_client_name(std::string(65, 'a')));
}

} // namespace
} // namespace redoubt::node::access

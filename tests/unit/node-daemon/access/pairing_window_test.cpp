// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/pairing_window.hpp"

#include <gtest/gtest.h>

#include "common/pairing/pairing_proof.hpp"
#include "node-daemon/access/refusal_limit.hpp"

namespace redoubt::node::access {
namespace {

using namespace std::chrono_literals;

const crypto::Digest k_node = crypto::Digest::parse("sha256:" + std::string(64, 'a')).value();
const crypto::Digest k_client = crypto::Digest::parse("sha256:" + std::string(64, 'b')).value();
constexpr auto k_code = "0123-4567-89AB";

std::string proof_with(const char* code, const crypto::Digest& node = k_node,
                       const crypto::Digest& client = k_client) {
    const auto key = pairing::derive_key(pairing::normalize_code(code).value(), node).value();
    return pairing::client_proof(key, node, client).value();
}

struct Window : testing::Test {
    PairingWindow window;
    PairingWindow::Time now{1h};

    void SetUp() override { ASSERT_TRUE(window.open_with(k_code, k_node, now)); }
};

TEST_F(Window, TheRightCodePairsOnceAndTheNodeProvesItToo) {
    const auto answer = window.prove(proof_with(k_code), k_client, now);
    ASSERT_TRUE(answer) << answer.error().message;
    const auto key = pairing::derive_key(pairing::normalize_code(k_code).value(), k_node).value();
    EXPECT_EQ(*answer, pairing::node_proof(key, k_node, k_client).value());
    EXPECT_EQ(window.prove(proof_with(k_code), k_client, now).error().message,
              "pairing is closed: the code was used");
}

TEST_F(Window, FiveWrongCodesCloseIt) {
    const auto wrong = proof_with("0123-4567-89AC");
    for (unsigned left = 4; left > 0; --left)
        EXPECT_EQ(window.prove(wrong, k_client, now).error().message,
                  "the code is wrong; " + std::to_string(left) + " of 5 tries are left");
    EXPECT_EQ(window.prove(wrong, k_client, now).error().message,
              "the code is wrong, and pairing is closed now");
    const auto late = window.prove(proof_with(k_code), k_client, now);
    ASSERT_FALSE(late) << "the right code is no good any more";
    EXPECT_EQ(late.error().code, Code::failed_precondition);
    EXPECT_EQ(window.state(now).closed_reason, "a wrong code was given too often");
}

TEST_F(Window, AProofForAnotherNodeOrOfAnotherClientIsWrong) {
    // What somebody in between is given for his own certificate is no good here.
    EXPECT_FALSE(window.prove(proof_with(k_code, k_client), k_client, now));
    EXPECT_FALSE(window.prove(proof_with(k_code, k_node, k_node), k_client, now));
    EXPECT_FALSE(window.prove("", k_client, now));
    EXPECT_EQ(window.state(now).tries_left, 2U);
}

TEST_F(Window, ItClosesAfterTenMinutes) {
    EXPECT_EQ(window.state(now).left, 600s);
    EXPECT_TRUE(window.state(now + 599s).is_open);
    EXPECT_EQ(window.prove(proof_with(k_code), k_client, now + 600s).error().code, Code::failed_precondition);
    EXPECT_TRUE(window.state(now + 600s).code.empty());
}

TEST_F(Window, ANewCodeVoidsTheOldOne) {
    ASSERT_TRUE(window.open(k_node, now));
    EXPECT_NE(window.state(now).code, k_code);
    EXPECT_FALSE(window.prove(proof_with(k_code), k_client, now));
    EXPECT_TRUE(window.prove(proof_with(window.state(now).code.c_str()), k_client, now));
}

TEST(PairingWindow, IsClosedUntilSomebodyOpensIt) {
    PairingWindow window;
    EXPECT_FALSE(window.state({}).is_open);
    EXPECT_EQ(window.prove(proof_with(k_code), k_client, {}).error().code, Code::failed_precondition);
}

TEST(RefusalLimit, NotesABurstThenOneInTenSecondsAndCountsTheRest) {
    RefusalLimit limit;
    RefusalLimit::Time now{1h};
    for (unsigned i = 0; i < RefusalLimit::k_burst; ++i) EXPECT_EQ(limit.take(now), 0U);
    EXPECT_FALSE(limit.take(now));
    EXPECT_FALSE(limit.take(now + 9s));
    EXPECT_EQ(limit.take(now + 10s), 2U);
    EXPECT_FALSE(limit.take(now + 11s));
}

} // namespace
} // namespace redoubt::node::access

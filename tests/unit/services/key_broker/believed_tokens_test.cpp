// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/believed_tokens.hpp"

#include <gtest/gtest.h>

#include <format>

namespace redoubt::services::key_broker {
namespace {

using namespace std::chrono_literals;

const tee::Time k_now = tee::parse_time("2026-06-01T00:00:00Z").value();

jose::Jwk guests_key() {
    static const auto key = crypto::PrivateKey::generate(crypto::Curve::p256)->public_key().value();
    const json::Document document(jose::jwk_json(key).value(), "key");
    return jose::parse_jwk(document.root()).value();
}

attestation::VerifiedToken token_of(std::string tenant, std::string digest, tee::Time ends) {
    return {.claims = "{}",
            .tenant = std::move(tenant),
            .facts = {},
            .ends = ends,
            .tee_key = guests_key(),
            .digest = std::move(digest)};
}

TEST(BelievedTokens, AreKnownToTheirTenantUntilTheirEnd) {
    BelievedTokens tokens;
    tokens.keep(token_of("acme", "aa", k_now + 10s), k_now);
    EXPECT_TRUE(tokens.find("acme", "aa", k_now + 9s));
    EXPECT_FALSE(tokens.find("acme", "aa", k_now + 10s));
    EXPECT_FALSE(tokens.find("other", "aa", k_now));
    EXPECT_FALSE(tokens.find("acme", "ab", k_now));
}

TEST(BelievedTokens, MakeRoomByThoseWhoseTimeIsOver) {
    BelievedTokens tokens;
    tokens.keep(token_of("acme", "long", k_now + 100s), k_now);
    for (std::size_t i = 1; i < BelievedTokens::k_most; ++i)
        tokens.keep(token_of("acme", std::format("{}", i), k_now + 1s), k_now);
    tokens.keep(token_of("acme", "new", k_now + 100s), k_now + 2s);
    EXPECT_EQ(tokens.size(), 2U);
    EXPECT_TRUE(tokens.find("acme", "long", k_now + 2s));
}

TEST(BelievedTokens, NeverAreMoreThanTheirBound) {
    BelievedTokens tokens;
    for (std::size_t i = 0; i < 2 * BelievedTokens::k_most; ++i)
        tokens.keep(token_of("acme", std::format("{}", i), k_now + 100s), k_now);
    EXPECT_LE(tokens.size(), BelievedTokens::k_most);
}

} // namespace
} // namespace redoubt::services::key_broker

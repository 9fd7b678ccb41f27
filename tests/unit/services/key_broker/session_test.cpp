// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/session.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::key_broker {
namespace {

const Time k_now = tee::parse_time("2026-06-01T00:00:00Z").value();

TEST(Sessions, AreKnownByTheirCookieAlone) {
    auto sessions = Sessions::make(std::chrono::seconds(60)).value();
    const auto session = sessions.begin("acme", "snp", k_now).value();
    EXPECT_EQ(session.nonce.size(), 44U);
    const auto again = sessions.resume("acme", session.id, k_now + std::chrono::seconds(59));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->nonce, session.nonce);
    EXPECT_EQ(again->tee, "snp");
    EXPECT_FALSE(sessions.resume("acme", session.id, k_now + std::chrono::seconds(60)));
    EXPECT_FALSE(sessions.resume("other", session.id, k_now));
    EXPECT_FALSE(Sessions::make(std::chrono::seconds(60))->resume("acme", session.id, k_now));
    EXPECT_NE(sessions.begin("acme", "snp", k_now)->nonce, session.nonce);
    for (std::size_t i = 0; i < session.id.size(); ++i) {
        auto changed = session.id;
        changed[i] = changed[i] == '0' ? '1' : '0';
        EXPECT_FALSE(sessions.resume("acme", changed, k_now)) << i;
    }
    for (const auto& text : {std::string(), session.id + "00", session.id.substr(2), std::string(1000, '0')})
        EXPECT_FALSE(sessions.resume("acme", text, k_now));
}

TEST(Sessions, AttestOnce) {
    auto sessions = Sessions::make(std::chrono::seconds(60)).value();
    const auto session = sessions.begin("acme", "snp", k_now).value();
    EXPECT_FALSE(sessions.token_of(session));
    EXPECT_TRUE(sessions.complete(session, "token", k_now));
    EXPECT_FALSE(sessions.complete(session, "another", k_now));
    EXPECT_EQ(sessions.token_of(session), "token");
    // What ended is forgotten when there is something new to remember.
    const auto later = k_now + std::chrono::seconds(61);
    EXPECT_TRUE(sessions.complete(sessions.begin("acme", "snp", later).value(), "new", later));
    EXPECT_EQ(sessions.completed(), 1U);
}

} // namespace
} // namespace redoubt::services::key_broker

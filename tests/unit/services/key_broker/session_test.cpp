// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/session.hpp"

#include <gtest/gtest.h>

#include <format>
#include <vector>

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
    EXPECT_EQ(sessions.token_bytes(), 3U);
}

TEST(Sessions, ThatCannotBeRememberedEndEarlyAndDoNotAttestAgain) {
    auto sessions = Sessions::make(std::chrono::seconds(3600)).value();
    const auto first = sessions.begin("acme", "snp", k_now).value();
    const auto open = sessions.begin("acme", "snp", k_now).value();
    ASSERT_TRUE(sessions.complete(first, "token", k_now));
    const auto later = k_now + std::chrono::seconds(1);
    const auto some = sessions.begin("acme", "snp", later).value();
    ASSERT_TRUE(sessions.complete(some, "token", later));
    while (sessions.completed() < Sessions::k_most_completed) {
        Session made = some; // cookies cost a MAC each: only what tells sessions apart is changed
        made.id.replace(16, 8, std::format("{:08x}", sessions.completed()));
        ASSERT_TRUE(sessions.complete(made, "", later));
    }
    EXPECT_TRUE(sessions.resume("acme", first.id, later));
    const auto last = sessions.begin("acme", "snp", later + std::chrono::seconds(1)).value();
    EXPECT_TRUE(sessions.complete(last, "token", later));
    EXPECT_EQ(sessions.completed(), Sessions::k_most_completed);
    EXPECT_FALSE(sessions.resume("acme", first.id, later));
    EXPECT_FALSE(sessions.complete(first, "token", later));
    EXPECT_FALSE(sessions.resume("acme", open.id, later));
    EXPECT_FALSE(sessions.complete(open, "token", later));
    EXPECT_FALSE(sessions.token_of(first));
    EXPECT_TRUE(sessions.resume("acme", some.id, later));
    EXPECT_TRUE(sessions.has_attested(some));
}

TEST(Sessions, KeepTheTokensOfTheNewest) {
    auto sessions = Sessions::make(std::chrono::seconds(60)).value();
    const std::string large(Sessions::k_most_token_bytes / 2, 't');
    std::vector<Session> made;
    for (int i = 0; i < 3; ++i) {
        const auto at = k_now + std::chrono::seconds(i);
        made.push_back(sessions.begin("acme", "snp", at).value());
        EXPECT_TRUE(sessions.complete(made.back(), large, at));
    }
    EXPECT_FALSE(sessions.token_of(made[0]));
    EXPECT_TRUE(sessions.token_of(made[1]));
    EXPECT_TRUE(sessions.token_of(made[2]));
    EXPECT_EQ(sessions.token_bytes(), Sessions::k_most_token_bytes);
    // Its token is not kept, and it has attested nevertheless.
    EXPECT_TRUE(sessions.has_attested(made[0]));
    EXPECT_FALSE(sessions.complete(made[0], "again", k_now));
}

} // namespace
} // namespace redoubt::services::key_broker

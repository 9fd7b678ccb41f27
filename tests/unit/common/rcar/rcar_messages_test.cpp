// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rcar/rcar_messages.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "common/encoding/hex.hpp"

namespace redoubt::rcar {
namespace {

namespace bj = boost::json;

http::Response challenged(std::string body, std::string cookie = "kbs-session-id=abc; Expires=never") {
    http::Response answer{.status = 200, .headers = {}, .body = std::move(body)};
    answer.headers.add("Set-Cookie", std::move(cookie));
    return answer;
}

TEST(RcarMessages, AskForAChallengeOfVersion040) {
    EXPECT_EQ(auth_body("snp"), R"({"version":"0.4.0","tee":"snp","extra-params":)"
                                R"({"supported-hash-algorithms":["sha256","sha384","sha512"]}})");
}

TEST(RcarMessages, TakeNonceAndCookieOfAChallenge) {
    const auto read = read_challenge(challenged(R"({"nonce":"bm9uY2U=","extra-params":""})"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->nonce, "bm9uY2U=");
    EXPECT_EQ(read->cookie, "kbs-session-id=abc");
}

TEST(RcarMessages, RefuseAChallengeWithoutEither) {
    EXPECT_EQ(read_challenge(challenged("{}")).error().code, Code::data_loss);
    EXPECT_EQ(read_challenge(challenged("<html>")).error().code, Code::data_loss);
    EXPECT_EQ(read_challenge(challenged(R"({"nonce":"a b"})")).error().code, Code::data_loss);
    EXPECT_EQ(read_challenge(challenged(R"({"nonce":"n"})", "other=1")).error().code, Code::data_loss);
    EXPECT_EQ(read_challenge(challenged(R"({"nonce":"n"})", "kbs-session-id=a b")).error().code,
              Code::data_loss);
}

TEST(RcarMessages, BindNonceAndKeyByTheHashOfTheirCanonicalForm) {
    // {"additional-evidence":"","nonce":"bm9uY2U=","tee-pubkey":{"alg":"ECDH-ES+A256KW","crv":"P-256","kty":"EC",
    // "x":"x","y":"y"}} without the line break, by sha384sum.
    const bj::object key{{"kty", "EC"}, {"crv", "P-256"}, {"alg", "ECDH-ES+A256KW"}, {"x", "x"}, {"y", "y"}};
    const auto digest = binding("bm9uY2U=", key);
    ASSERT_TRUE(digest);
    EXPECT_EQ(
        encoding::to_hex(*digest),
        "89c2f422a0fe33bb88ed3d0d4b27274346ab6bdf968b24d7aee1f1b2ffbec2617928021b8e964942c7463665696ffd50");
}

TEST(RcarMessages, NameOfTheKeyTheMembersThatAreHashed) {
    const auto key = crypto::PrivateKey::generate(crypto::Curve::p256).value().public_key().value();
    const auto members = tee_key_json(key).value();
    EXPECT_EQ(members.size(), 5U);
    for (const auto* name : {"kty", "crv", "alg", "x", "y"}) EXPECT_TRUE(members.contains(name)) << name;
}

TEST(RcarMessages, SendEvidenceWithTheKeyAndTheInitdataAsDelivered) {
    const auto body =
        bj::parse(attest_body("n", {{"kty", "EC"}}, {{"quote", "q"}}, "algorithm = \"sha256\"\n"));
    EXPECT_EQ(body.at_pointer("/init-data/body").as_string(), "algorithm = \"sha256\"\n");
    EXPECT_EQ(body.at_pointer("/init-data/format").as_string(), "toml");
    EXPECT_EQ(body.at_pointer("/runtime-data/tee-pubkey/kty").as_string(), "EC");
    EXPECT_EQ(body.at_pointer("/tee-evidence/primary_evidence/quote").as_string(), "q");
    EXPECT_EQ(body.at_pointer("/tee-evidence/additional_evidence").as_string(), "");
}

TEST(RcarMessages, TakeNoTokenThatWouldNotFitIntoAHeader) {
    EXPECT_EQ(read_token({.status = 200, .headers = {}, .body = R"({"token":"a.b.c"})"}), "a.b.c");
    EXPECT_FALSE(read_token({.status = 200, .headers = {}, .body = R"({"token":"a\r\nX: y"})"}));
    EXPECT_FALSE(read_token({.status = 200, .headers = {}, .body = R"({"token":""})"}));
}

TEST(RcarMessages, SayWhatTheBrokerSaysWhenItRefuses) {
    const auto refused =
        refusal_of({.status = 401,
                    .headers = {},
                    .body = R"({"type":"https://x/kbs/errors/PolicyDeny","detail":"no\n\u001b[31m"})"});
    EXPECT_EQ(refused.code, Code::permission_denied);
    EXPECT_EQ(refused.message, "the broker answers 401: PolicyDeny: no??[31m");
    EXPECT_EQ(refusal_of({.status = 404, .headers = {}, .body = ""}).code, Code::not_found);
    EXPECT_EQ(refusal_of({.status = 429, .headers = {}, .body = ""}).code, Code::unavailable);
    EXPECT_EQ(refusal_of({.status = 413, .headers = {}, .body = ""}).code, Code::failed_precondition);
}

} // namespace
} // namespace redoubt::rcar

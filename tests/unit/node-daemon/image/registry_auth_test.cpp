// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/registry_auth.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::image {
namespace {

TEST(RegistryAuth, ReadsABearerChallenge) {
    const auto challenges = parse_challenges(
        R"(Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push")");
    ASSERT_EQ(challenges.size(), 1U);
    EXPECT_EQ(challenges[0].scheme, "bearer");
    EXPECT_EQ(challenges[0].parameters.at("service"), "registry.example");
    EXPECT_EQ(challenges[0].parameters.at("scope"), "repository:a/b:pull,push");
}

TEST(RegistryAuth, ReadsSeveralChallengesInOneHeader) {
    const auto challenges =
        parse_challenges(R"(Negotiate, Basic realm="a \"quoted\" one" , BEARER Realm = x, service=y)");
    ASSERT_EQ(challenges.size(), 3U);
    EXPECT_EQ(challenges[0].scheme, "negotiate");
    EXPECT_EQ(challenges[1].parameters.at("realm"), R"(a "quoted" one)");
    EXPECT_EQ(challenges[2].parameters.at("realm"), "x");
    EXPECT_EQ(challenges[2].parameters.at("service"), "y");
}

TEST(RegistryAuth, EndsOnAnyNonsense) {
    for (const char* text :
         {"", ",,,", "=", "\"", "Bearer realm=\"open", "Bearer realm=", "a=b", "\x01\xff;;", "Bearer \\"})
        (void)parse_challenges(text);
    EXPECT_TRUE(parse_challenges("realm=x").empty());
}

TEST(RegistryAuth, PrefersBearerToBasic) {
    EXPECT_EQ(choose_challenge({"Basic realm=x", "Bearer realm=y"})->scheme, "bearer");
    EXPECT_EQ(choose_challenge({"Digest realm=z", "Basic realm=x"})->scheme, "basic");
    EXPECT_FALSE(choose_challenge({"Digest realm=z"}));
}

TEST(RegistryAuth, AsksTheRealmForTheRightScope) {
    const auto challenge =
        choose_challenge({R"(Bearer realm="https://auth.example/token?a=1",service="my registry")"});
    EXPECT_EQ(token_url(*challenge, "team/app").value(),
              "https://auth.example/token?a=1&service=my%20registry&scope=repository%3Ateam%2Fapp%3Apull");
    EXPECT_FALSE(token_url({"bearer", {}}, "app"));
    EXPECT_FALSE(token_url({"bearer", {{"realm", "not a url"}}}, "app"));
}

TEST(RegistryAuth, TakesEitherNameOfTheToken) {
    EXPECT_EQ(parse_token(R"({"token":"one","access_token":"two"})"), "one");
    EXPECT_EQ(parse_token(R"({"access_token":"two","expires_in":60})"), "two");
    EXPECT_FALSE(parse_token("{}"));
    EXPECT_FALSE(parse_token("<html>"));
}

TEST(RegistryAuth, EncodesCredentials) {
    EXPECT_EQ(basic_authorization({"Aladdin", "open sesame"}),
              "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="); // RFC 7617, 2
}

} // namespace
} // namespace redoubt::node::image

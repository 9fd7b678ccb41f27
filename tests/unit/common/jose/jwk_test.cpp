// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/jose/jwk.hpp"

#include <gtest/gtest.h>

#include "common/encoding/canonical_json.hpp"
#include "common/encoding/hex.hpp"

namespace redoubt::jose {
namespace {

Result<Jwk> read(std::string_view text) {
    const auto document = json::parse("jwk", text);
    return document ? parse_jwk(document->root()) : std::unexpected(document.error());
}

// RFC 7517 A.1, and RFC 7638 3.1 for the thumbprint.
constexpr std::string_view k_rfc_rsa =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";
constexpr std::string_view k_rfc_ec =
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"})";

TEST(Jwk, ReadsTheKeysOfTheStandardAndGivesTheirThumbprint) {
    const auto rsa = read(k_rfc_rsa);
    ASSERT_TRUE(rsa) << rsa.error().message;
    EXPECT_EQ(rsa->key_id, "2011-04-29");
    EXPECT_EQ(thumbprint(rsa->key).value(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    const auto ec = read(k_rfc_ec);
    ASSERT_TRUE(ec) << ec.error().message;
    EXPECT_EQ(jwk_json(ec->key)->at("x").as_string(), "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4");
    // RFC 8037 A.2 and A.3.
    const auto okp =
        read(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
    ASSERT_TRUE(okp) << okp.error().message;
    EXPECT_EQ(thumbprint(okp->key).value(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(Jwk, RefusesWhatIsNoPublicKey) {
    for (
        const auto* text : {
            R"([])",
            R"({"kty":"oct","k":"AAAA"})",
            R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"AAAA"})",
            R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})",
            R"({"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
            R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4=","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"})",
            R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"AAAA"})",
            R"({"kty":"RSA","n":"AQAB","e":"AQAB"})",
            R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
        })
        EXPECT_EQ(read(text).error().code, Code::invalid_argument) << text;
}

TEST(CanonicalJson, WritesWhatTheStandardDoes) {
    const auto form = [](std::string_view text) {
        const auto document = json::parse("test", text);
        return document ? json::canonical(*document->root().value()).value_or("refused") : "no JSON";
    };
    // RFC 8785 3.2.2 and 3.2.3.
    EXPECT_EQ(
        form(
            R"({"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]})"),
        "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\"string\":"
        "\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    EXPECT_EQ(
        form(
            R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"})"),
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O "
        "With "
        "Diaeresis\",\"\u20ac\":\"Euro Sign\",\"\U0001F600\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew "
        "Letter "
        "Dalet With Dagesh\"}");
    EXPECT_EQ(form("[0,-0.0,1e21,1e20,1e-6,1e-7,-1.5,9007199254740992,-7]"),
              "[0,0,1e+21,100000000000000000000,0.000001,1e-7,-1.5,9007199254740992,-7]");
    EXPECT_EQ(form("[9007199254740993]"), "refused");
    EXPECT_EQ(form("[18446744073709551615]"), "refused");
}

TEST(CanonicalJson, IsWhatOtherClientsHash) {
    const auto document = json::parse("test", R"({"b":1,"a":"test","c":{"d":"e"}})");
    const auto text = json::canonical(*document->root().value());
    EXPECT_EQ(
        crypto::digest_of(*text, crypto::HashAlgorithm::sha384)->hex(),
        "e71ce8e70d814ba6639c3612ebee0ff1f76f650f8dbb5e47157e0f3f525cd22c4597480a186427c813ca941da78870c3");
}

} // namespace
} // namespace redoubt::jose

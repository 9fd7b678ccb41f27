// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/jose/jws.hpp"

#include <gtest/gtest.h>

#include "common/encoding/base64.hpp"
#include "common/jose/jwk.hpp"

namespace redoubt::jose {
namespace {

crypto::PublicKey key_of(std::string_view text) {
    const auto document = json::parse("jwk", text);
    return parse_jwk(document->root())->key;
}

// RFC 7515 A.3.
constexpr std::string_view k_rfc_key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr std::string_view k_rfc_token =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
    "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
// RFC 8037 A.4.
constexpr std::string_view k_ed_key =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::string_view k_ed_token =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
    "09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

TEST(Jws, VerifiesTheTokensOfTheStandard) {
    const auto token = parse_jws(k_rfc_token);
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_TRUE(verify_jws(*token, key_of(k_rfc_key), SignatureAlgorithm::es256));
    const auto other = parse_jws(k_ed_token);
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_TRUE(verify_jws(*other, key_of(k_ed_key), SignatureAlgorithm::eddsa));
    EXPECT_EQ(other->payload, "Example of Ed25519 signing");
}

TEST(Jws, RefusesEveryChangedByte) {
    for (std::size_t i = 0; i < k_rfc_token.size(); ++i) {
        std::string changed(k_rfc_token);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        const auto token = parse_jws(changed);
        EXPECT_FALSE(token && verify_jws(*token, key_of(k_rfc_key), SignatureAlgorithm::es256)) << i;
    }
}

TEST(Jws, LetsNoHeaderChooseTheAlgorithm) {
    const auto encode = [](std::string_view text) {
        return encoding::to_base64(text, encoding::Base64::url);
    };
    const auto p256 = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    const auto p384 = crypto::PrivateKey::generate(crypto::Curve::p384).value();
    for (const auto* header :
         {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":"es256"})", R"({"alg":"RS256"})", R"({})",
          R"({"alg":["ES256"]})", R"({"alg":"ES256","crit":["exp"]})", R"({"alg":"ES256","b64":false})",
          R"({"alg":"ES256","alg":"ES256"})"})
        EXPECT_FALSE(parse_jws(encode(header) + "." + encode("{}") + ".")) << header;
    const auto token = sign_jws({{"typ", "JWT"}}, "{}", p384);
    ASSERT_TRUE(token);
    const auto parsed = parse_jws(*token).value();
    EXPECT_EQ(parsed.algorithm, SignatureAlgorithm::es384);
    EXPECT_TRUE(verify_jws(parsed, p384.public_key().value(), SignatureAlgorithm::es384));
    EXPECT_FALSE(verify_jws(parsed, p384.public_key().value(), SignatureAlgorithm::es256));
    EXPECT_FALSE(verify_jws(parsed, p256.public_key().value(), SignatureAlgorithm::es384));
}

TEST(Jws, RefusesWhatIsNotThreeParts) {
    const std::string token(k_rfc_token);
    for (const auto& text : {std::string(), std::string("."), std::string(".."), token + ".", "." + token,
                             token + "=", token.substr(0, token.rfind('.')), std::string(300'000, 'a')})
        EXPECT_EQ(parse_jws(text).error().code, Code::invalid_argument);
}

// A signature of zeros, or of numbers beyond the group's order, signs nothing.
TEST(Jws, RefusesDegenerateSignatures) {
    auto token = parse_jws(k_rfc_token).value();
    for (const char fill : {'\0', '\xFF'}) {
        token.signature.assign(64, fill);
        EXPECT_FALSE(verify_jws(token, key_of(k_rfc_key), SignatureAlgorithm::es256));
    }
    for (const std::size_t size : {0U, 63U, 65U, 70U}) {
        token.signature.assign(size, '\1');
        EXPECT_FALSE(verify_jws(token, key_of(k_rfc_key), SignatureAlgorithm::es256));
    }
}

} // namespace
} // namespace redoubt::jose

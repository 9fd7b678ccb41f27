// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/token.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "common/crypto/digest.hpp"
#include "common/crypto/self_signed.hpp"
#include "common/jose/jws.hpp"
#include "common/tee/evidence/certificate.hpp"

namespace redoubt::services::attestation {
namespace {

const Time k_now = tee::parse_time("2026-06-01T00:00:00Z").value();

struct TokenTest : testing::Test {
    crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    std::string certificate = crypto::make_self_signed(key, "test", k_now, std::chrono::days(10)).value();
    TokenIssuer issuer = TokenIssuer::make(key, certificate, {}).value();

    static Result<VerifiedToken> believed(const TokenIssuer& by, const std::string& token,
                                          const std::string& tenant, Time now) {
        return by.verify(token, TokenIssuer::digest_of(token).value(), tenant, now);
    }
    static boost::json::object submods() {
        const auto guest = crypto::PrivateKey::generate(crypto::Curve::p256)->public_key().value();
        const ReleaseFacts facts{"snp", "production", false,      0, {{"snp_launch_measurement", "aa"}},
                                 {},    "dd",         "sha256:00"};
        return {{"cpu0",
                 {{"redoubt.release", render_facts(facts)},
                  {"ear.veraison.annotated-evidence",
                   {{"runtime_data_claims", {{"tee-pubkey", jose::jwk_json(guest).value()}}}}}}}};
    }
};

TEST_F(TokenTest, IsBelievedByItsIssuerForItsTenantInItsTime) {
    const auto token = issuer.issue("acme", submods(), k_now).value();
    const auto verified = believed(issuer, token, "acme", k_now);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->facts.launch.at("snp_launch_measurement"), "aa");
    EXPECT_EQ(verified->digest, crypto::digest_of(token)->hex());
    EXPECT_TRUE(believed(issuer, token, "acme", k_now + std::chrono::seconds(299)));
    EXPECT_FALSE(believed(issuer, token, "acme", k_now + std::chrono::seconds(300)));
    EXPECT_FALSE(believed(issuer, token, "acme", k_now - std::chrono::seconds(1)));
    EXPECT_FALSE(believed(issuer, token, "other", k_now));
    const auto stranger =
        TokenIssuer::make(crypto::PrivateKey::generate(crypto::Curve::p256).value(), certificate, {}).value();
    EXPECT_FALSE(believed(stranger, token, "acme", k_now));
    auto settings = TokenIssuer::Settings{};
    settings.issuer = "another";
    EXPECT_FALSE(believed(TokenIssuer::make(key, certificate, settings).value(), token, "acme", k_now));
}

TEST_F(TokenTest, SignedByUsButNoAppraisalIsNoToken) {
    for (const auto* claims :
         {"{}", "[]", "not json", R"({"iss":"redoubt-kbs","exp":99999999999,"redoubt.tenant":"acme"})"}) {
        const auto token = jose::sign_jws({}, claims, key).value();
        EXPECT_EQ(believed(issuer, token, "acme", k_now).error().code, Code::unauthenticated) << claims;
    }
}

TEST_F(TokenTest, ShowsACertificateOfItsKey) {
    const auto read = tee::Certificate::parse(certificate);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->common_name(), "test");
    EXPECT_EQ(read->public_key().spki(), key.public_key()->spki());
    EXPECT_TRUE(read->verify_signature(*read));
    EXPECT_EQ(issuer.key_set().at("keys").at(0).at("alg"), "ES256");
    EXPECT_FALSE(
        TokenIssuer::make(crypto::PrivateKey::generate(crypto::Curve::p384).value(), certificate, {}));
}

} // namespace
} // namespace redoubt::services::attestation

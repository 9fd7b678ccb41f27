// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/token.hpp"

#include <boost/json/serialize.hpp>

#include "common/crypto/digest.hpp"
#include "common/encoding/base64.hpp"
#include "common/jose/jws.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;

// What others' brokers look for.
constexpr std::string_view k_profile = "tag:github.com,2024:confidential-containers/Trustee";

std::int64_t seconds_of(Time time) {
    return time.time_since_epoch().count();
}

std::unexpected<Error> refuse(std::string_view why) {
    return fail(Code::unauthenticated, "token: {}", why);
}

} // namespace

std::string_view submod_of(std::string_view tee) {
    return tee == k_host_tee ? "host" : "cpu0";
}

Result<TokenIssuer> TokenIssuer::make(crypto::PrivateKey key, const std::string& certificate,
                                      Settings settings) {
    RDT_TRY(auto public_key, key.public_key());
    const auto point = public_key.point();
    if (!point || point->curve != crypto::Curve::p256)
        return fail(Code::invalid_argument, "tokens are signed with a P-256 key");
    RDT_TRY(auto jwk, jose::jwk_json(public_key));
    RDT_TRY(const auto key_id, jose::thumbprint(public_key));
    jwk["alg"] = "ES256";
    jwk["use"] = "sig";
    jwk["kid"] = key_id;
    jwk["x5c"] = bj::array{encoding::to_base64(certificate)};
    return TokenIssuer(std::move(key), std::move(public_key), std::move(jwk), std::move(settings));
}

Result<std::string> TokenIssuer::issue(const std::string& tenant, bj::object submods, Time now) const {
    const bj::object claims{
        {"eat_profile", k_profile},
        {"iss", settings_.issuer},
        {"iat", seconds_of(now)},
        {"nbf", seconds_of(now)},
        {"exp", seconds_of(now + settings_.lifetime)},
        {"ear.verifier-id", {{"developer", "Redoubt"}, {"build", "redoubt-kbs " REDOUBT_VERSION}}},
        {"redoubt.tenant", tenant},
        {"submods", std::move(submods)}};
    bj::object jwk = jwk_;
    jwk.erase("use");
    jwk.erase("kid");
    return jose::sign_jws({{"typ", "JWT"}, {"kid", jwk_.at("kid")}, {"jwk", std::move(jwk)}},
                          bj::serialize(claims), key_);
}

Result<VerifiedToken> TokenIssuer::verify(std::string_view token, std::string digest,
                                          const std::string& tenant, Time now) const {
    const auto jws = jose::parse_jws(token);
    if (!jws) return refuse(jws.error().message);
    if (!jose::verify_jws(*jws, public_key_, jose::SignatureAlgorithm::es256))
        return refuse("not signed by this broker");
    const auto claims = json::parse("token claims", jws->payload);
    if (!claims) return refuse(claims.error().message);
    const auto root = claims->root();
    if (root["iss"].string_or().value_or("") != settings_.issuer) return refuse("of another issuer");
    const auto ends = root["exp"].integer();
    if (!ends || *ends <= seconds_of(now)) return refuse("it has ended");
    if (const auto begins = root["nbf"].integer_or(0); !begins || *begins > seconds_of(now))
        return refuse("it has not begun");
    if (root["redoubt.tenant"].string_or().value_or("") != tenant) return refuse("of another tenant");
    const bool is_host = root["submods"]["host"].is_present();
    const auto appraisal = root["submods"][is_host ? "host" : "cpu0"];
    auto facts = parse_facts(appraisal["redoubt.release"]);
    if (!facts) return refuse(facts.error().message);
    if (is_host != (facts->tee == k_host_tee)) return refuse("a host's appraisal in a guest's place");
    auto key =
        jose::parse_jwk(appraisal["ear.veraison.annotated-evidence"]["runtime_data_claims"]["tee-pubkey"]);
    if (!key) return refuse(key.error().message);
    return VerifiedToken{.claims = jws->payload,
                         .tenant = tenant,
                         .facts = *std::move(facts),
                         .ends = Time(std::chrono::seconds(*ends)),
                         .tee_key = *std::move(key),
                         .digest = std::move(digest)};
}

Result<std::string> TokenIssuer::digest_of(std::string_view token) {
    RDT_TRY(const auto digest, crypto::digest_of(token));
    return digest.hex();
}

bj::object TokenIssuer::key_set() const {
    return {{"keys", bj::array{jwk_}}};
}

} // namespace redoubt::services::attestation

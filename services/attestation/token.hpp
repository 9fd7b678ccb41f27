// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"
#include "common/encoding/json.hpp"
#include "common/jose/jwk.hpp"
#include "services/attestation/release_rule.hpp"

namespace redoubt::services::attestation {

/// What a verified token says.
struct VerifiedToken {
    std::string claims; ///< JSON
    std::string tenant;
    ReleaseFacts facts;
    Time ends;
    jose::Jwk tee_key;  ///< that released values are encrypted to
    std::string digest; ///< hex of SHA-256 of the token
};

/// The name of the appraisal in a token: "cpu0", as others have it, and "host" of a host, which none of them
/// takes for a guest.
[[nodiscard]] std::string_view submod_of(std::string_view tee);

/// Signs attestation results, and believes only those it signed: what a token's own header names as its key
/// is never looked at. Thread: any.
class TokenIssuer {
  public:
    struct Settings {
        std::string issuer = "redoubt-kbs";
        std::chrono::seconds lifetime = std::chrono::minutes(5);
    };
    /// A P-256 key and its certificate (DER). Errors: invalid_argument another kind of key.
    static Result<TokenIssuer> make(crypto::PrivateKey key, const std::string& certificate,
                                    Settings settings);

    /// An ES256 JWT with the certificate in its header. `submods` is the appraisals by name.
    [[nodiscard]] Result<std::string> issue(const std::string& tenant, boost::json::object submods,
                                            Time now) const;

    /// `digest`: digest_of() the token. Errors: unauthenticated not a token of ours, ended, or of another
    /// tenant.
    [[nodiscard]] Result<VerifiedToken> verify(std::string_view token, std::string digest,
                                               const std::string& tenant, Time now) const;
    /// Of a token, as VerifiedToken::digest has it. Errors: internal.
    [[nodiscard]] static Result<std::string> digest_of(std::string_view token);

    /// {"keys": [...]}, for those who verify our tokens.
    [[nodiscard]] boost::json::object key_set() const;

  private:
    TokenIssuer(crypto::PrivateKey key, crypto::PublicKey public_key, boost::json::object jwk,
                Settings settings)
        : key_(std::move(key)), public_key_(std::move(public_key)), jwk_(std::move(jwk)),
          settings_(std::move(settings)) {}

    crypto::PrivateKey key_;
    crypto::PublicKey public_key_;
    boost::json::object jwk_; ///< with x5c, alg and kid
    Settings settings_;
};

} // namespace redoubt::services::attestation

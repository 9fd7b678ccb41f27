// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Signatures of JSON Web Tokens. Source: RFC 7515 and 7518 (JWS, JWA), RFC 8037 (EdDSA).

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "common/rego/builtins/key_material.hpp"

namespace redoubt::rego {

/// A key to verify with: a public key, or the bytes of a secret.
struct VerificationKey {
    Key key;
    std::string secret; ///< of a JWK of type oct
    std::string algorithm;
    std::string id;
};

/// Keys of a PEM certificate or public key, a JWK, or a JWK set. Errors: OPA's words.
[[nodiscard]] std::expected<std::vector<VerificationKey>, std::string>
verification_keys(std::string_view text);

enum class SignatureFamily : std::uint8_t { none, hmac, rsa, rsa_pss, ecdsa, eddsa };

/// "RS256" is rsa with 256 bits. `none`: an algorithm not known.
struct SignatureAlgorithm {
    SignatureFamily family = SignatureFamily::none;
    int bits = 0;
};
[[nodiscard]] SignatureAlgorithm signature_algorithm_of(std::string_view name);

/// Whether `signature` is one over `message` by that key.
[[nodiscard]] bool is_signed_by(const VerificationKey& key, const SignatureAlgorithm& algorithm,
                                std::string_view message, std::string_view signature);
/// HMAC with SHA-2 of that many bits.
[[nodiscard]] std::string keyed_hash(int bits, std::string_view secret, std::string_view message);

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::jose {

/// A public key as JSON.
struct Jwk {
    crypto::PublicKey key;
    std::string algorithm; ///< "alg"; empty when it does not say
    std::string key_id;    ///< "kid"; empty when it does not say
};

/// Reads an EC (P-256, P-384, P-521), RSA or OKP (Ed25519) key. Coordinates have their full length. A private
/// member ("d") is refused: who sends it has lost his key. Errors: invalid_argument naming the member.
/// Source: RFC 7517, RFC 7518 section 6, RFC 8037.
[[nodiscard]] Result<Jwk> parse_jwk(const json::Node& node);

/// The members that make the key what it is: kty, crv, x, y, or kty, n, e.
[[nodiscard]] Result<boost::json::object> jwk_json(const crypto::PublicKey& key);

/// Base64url of SHA-256 of the required members in order. Source: RFC 7638.
[[nodiscard]] Result<std::string> thumbprint(const crypto::PublicKey& key);

} // namespace redoubt::jose

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// JSON Web Signature in its compact form, as tokens have it.

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::jose {

/// What is signed and verified here. There is no "none", and nothing symmetric: a public key can never be
/// taken for a secret.
enum class SignatureAlgorithm : std::uint8_t { es256, es384, eddsa };
/// "ES256" and so on.
[[nodiscard]] std::string_view name_of(SignatureAlgorithm algorithm);

struct JwsLimits {
    std::size_t max_bytes = 256U << 10U;
};

/// A token taken apart and not yet believed. Only verify_jws() says what may be believed.
struct Jws {
    json::Document header;
    std::string payload;
    std::string signature;
    std::string signed_part; ///< the bytes that are signed
    SignatureAlgorithm algorithm = SignatureAlgorithm::es256;
};

/// Takes a compact JWS apart: three parts, base64url without padding, a header that is an object with a known
/// "alg", without "crit" and "b64". Errors: invalid_argument. Source: RFC 7515.
[[nodiscard]] Result<Jws> parse_jws(std::string_view text, JwsLimits limits = {});

/// Whether `key` signed it. `algorithm` is what the caller expects of that key, whatever the header says.
/// Errors: permission_denied.
[[nodiscard]] Status verify_jws(const Jws& jws, const crypto::PublicKey& key, SignatureAlgorithm algorithm);

/// The algorithm a key is for: P-256, P-384, Ed25519. Errors: invalid_argument another key.
[[nodiscard]] Result<SignatureAlgorithm> algorithm_of(const crypto::PublicKey& key);

/// Signs; `header` gets "alg" from the key. Errors: invalid_argument a key that is not for signing here;
/// internal.
[[nodiscard]] Result<std::string> sign_jws(boost::json::object header, std::string_view payload,
                                           const crypto::PrivateKey& key);

} // namespace redoubt::jose

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// JSON Web Encryption in the flattened form, as the key broker protocol has it: ECDH-ES+A256KW on P-256 and
/// P-521, or RSA-OAEP-256, each with A256GCM.

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"
#include "common/crypto/secret.hpp"
#include "common/jose/jwk.hpp"

namespace redoubt::jose {

inline constexpr std::string_view k_ecdh_es_a256kw = "ECDH-ES+A256KW";
inline constexpr std::string_view k_rsa_oaep_256 = "RSA-OAEP-256";

/// The algorithm that this recipient's key is encrypted to by. The key may say it or not; another than the
/// two, or one of another kind of key, is refused. Errors: invalid_argument.
[[nodiscard]] Result<std::string_view> encryption_algorithm_of(const Jwk& recipient);

/// Encrypts; members of the protected header come in the order readers of the protocol write them again:
/// alg, enc, epk {crv, kty, x, y}. Errors: invalid_argument the recipient's key; internal.
/// Source: RFC 7516 section 7.2.2, RFC 7518 section 4.6.
[[nodiscard]] Result<std::string> encrypt_jwe(std::string_view plaintext, const Jwk& recipient);

/// Opens a flattened JWE with the recipient's private key. Errors: invalid_argument malformed, or another
/// algorithm; permission_denied not for this key, or changed.
[[nodiscard]] Result<crypto::Secret> decrypt_jwe(std::string_view text, const crypto::PrivateKey& key);

/// The key that wraps the content key. `shared` is the x coordinate of the agreed point. Source: RFC 7518
/// section 4.6.2. Errors: internal.
[[nodiscard]] Result<crypto::Secret> derive_wrapping_key(std::string_view shared, std::string_view algorithm,
                                                         std::string_view party_u, std::string_view party_v,
                                                         std::size_t size);

} // namespace redoubt::jose

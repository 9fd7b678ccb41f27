// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/tee/evidence/hash.hpp"

struct evp_pkey_st;

namespace redoubt::tee {

/// A public key. Copies share the key, which nobody changes.
class PublicKey {
  public:
    /// From a SubjectPublicKeyInfo, DER or PEM.
    [[nodiscard]] static Result<PublicKey> parse(std::string_view bytes);
    /// From an EC point, coordinates big endian. Curves: "P-256", "P-384". Errors: invalid_argument also when
    /// the point is not on the curve.
    [[nodiscard]] static Result<PublicKey> from_point(std::string_view curve, std::string_view x,
                                                      std::string_view y);
    /// From RSA numbers, big endian. Moduli of 2048 to 8192 bits.
    [[nodiscard]] static Result<PublicKey> from_rsa(std::string_view modulus, std::string_view exponent);
    /// Takes over one reference.
    explicit PublicKey(evp_pkey_st* key);

    /// "P-256", "P-384", "RSA-2048" and so on; "other" for what evidence does not use.
    [[nodiscard]] std::string kind() const;
    /// SubjectPublicKeyInfo as DER.
    [[nodiscard]] std::string spki() const;
    [[nodiscard]] evp_pkey_st* native() const { return key_.get(); }

    /// Errors of these: permission_denied the signature does not verify; invalid_argument it is malformed, or
    /// the key is of another kind.
    [[nodiscard]] Status verify_ecdsa(Hash hash, std::string_view message, std::string_view r,
                                      std::string_view s) const;
    /// PKCS #1 v1.5.
    [[nodiscard]] Status verify_rsassa(Hash hash, std::string_view message, std::string_view signature) const;
    /// PSS with a salt as long as the hash.
    [[nodiscard]] Status verify_rsapss(Hash hash, std::string_view message, std::string_view signature) const;

  private:
    // Shared by copies of this value, which is immutable.
    std::shared_ptr<evp_pkey_st> key_;
};

} // namespace redoubt::tee

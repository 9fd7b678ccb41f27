// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Public and private keys for signatures, key agreement and RSA encryption.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"

struct evp_pkey_st;

namespace redoubt::crypto {

enum class Curve : std::uint8_t { p256, p384, p521 };
/// "P-256" and so on.
[[nodiscard]] std::string_view name_of(Curve curve);
[[nodiscard]] std::optional<Curve> curve_of_name(std::string_view name);
/// Bytes of a coordinate: 32, 48, 66.
[[nodiscard]] std::size_t coordinate_size(Curve curve);

struct Point {
    Curve curve = Curve::p256;
    std::string x; ///< big endian, coordinate_size() bytes
    std::string y;
};
struct RsaNumbers {
    std::string modulus; ///< big endian, without leading zeros
    std::string exponent;
};

/// A public key. Copies share the key, which nobody changes.
class PublicKey {
  public:
    /// Errors: invalid_argument also when the point is not on the curve.
    [[nodiscard]] static Result<PublicKey> from_point(const Point& point);
    /// Moduli of 2048 to 8192 bits. Errors: invalid_argument.
    [[nodiscard]] static Result<PublicKey> from_rsa(const RsaNumbers& numbers);
    /// An Ed25519 key of 32 bytes. Errors: invalid_argument.
    [[nodiscard]] static Result<PublicKey> from_ed25519(std::string_view bytes);
    /// A SubjectPublicKeyInfo in PEM or DER, whose curve is named. Errors: invalid_argument.
    [[nodiscard]] static Result<PublicKey> parse(std::string_view bytes);
    /// Takes over one reference.
    explicit PublicKey(evp_pkey_st* key);

    /// Of an EC key on a known curve.
    [[nodiscard]] std::optional<Point> point() const;
    [[nodiscard]] std::optional<RsaNumbers> rsa() const;
    [[nodiscard]] bool is_ed25519() const;
    /// SubjectPublicKeyInfo, DER.
    [[nodiscard]] std::string spki() const;

    /// `signature` is r and s beside each other, as JWS has them. Errors: permission_denied it does not
    /// verify; invalid_argument another kind of key.
    [[nodiscard]] Status verify_ecdsa(HashAlgorithm hash, std::string_view message,
                                      std::string_view signature) const;
    [[nodiscard]] Status verify_ed25519(std::string_view message, std::string_view signature) const;
    /// RSA-OAEP with SHA-256 for both hash and mask. Errors: invalid_argument not RSA, or too long; internal.
    [[nodiscard]] Result<std::string> encrypt_oaep_sha256(const Secret& message) const;

    [[nodiscard]] evp_pkey_st* native() const { return key_.get(); }

  private:
    // Shared by copies of this value, which is immutable.
    std::shared_ptr<evp_pkey_st> key_;
};

/// A private key. Copies share the key, which nobody changes; OpenSSL wipes it when the last one goes.
class PrivateKey {
  public:
    [[nodiscard]] static Result<PrivateKey> generate(Curve curve);
    [[nodiscard]] static Result<PrivateKey> generate_rsa(unsigned bits);
    /// PKCS #8 in PEM, not encrypted, whose curve is named. Errors: invalid_argument.
    [[nodiscard]] static Result<PrivateKey> parse_pem(std::string_view text);
    [[nodiscard]] Result<Secret> pem() const;
    [[nodiscard]] Result<PublicKey> public_key() const;

    /// r and s beside each other. Errors: invalid_argument not an EC key; internal.
    [[nodiscard]] Result<std::string> sign_ecdsa(HashAlgorithm hash, std::string_view message) const;
    [[nodiscard]] Result<std::string> sign_ed25519(std::string_view message) const;
    /// ECDH: the x coordinate. Errors: invalid_argument another curve; internal.
    [[nodiscard]] Result<Secret> agree(const PublicKey& peer) const;
    /// Errors: permission_denied it was not encrypted for this key.
    [[nodiscard]] Result<Secret> decrypt_oaep_sha256(std::string_view message) const;

    [[nodiscard]] evp_pkey_st* native() const { return key_.get(); }

  private:
    explicit PrivateKey(evp_pkey_st* key);
    // Shared by copies of this value, which is immutable.
    std::shared_ptr<evp_pkey_st> key_;
};

} // namespace redoubt::crypto

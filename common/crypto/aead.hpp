// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// AES-256-GCM, and the derivations that give its keys.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"

namespace redoubt::crypto {

inline constexpr std::size_t k_aes_256_size = 32;
inline constexpr std::size_t k_gcm_nonce_size = 12;
inline constexpr std::size_t k_gcm_tag_size = 16;

struct Sealed {
    std::string ciphertext;
    std::string tag; ///< 16 bytes
};

/// AES-256-GCM. A nonce (12 bytes) must never come twice with one key. Errors: invalid_argument a length;
/// internal. Source: NIST SP 800-38D.
[[nodiscard]] Result<Sealed> seal_aes_256_gcm(const Secret& key, std::string_view nonce,
                                              std::string_view plaintext, std::string_view aad);
/// Nothing of the plaintext is given before the tag is checked. Errors: permission_denied the tag does not
/// fit; invalid_argument a length; internal.
[[nodiscard]] Result<Secret> open_aes_256_gcm(const Secret& key, std::string_view nonce,
                                              std::string_view ciphertext, std::string_view tag,
                                              std::string_view aad);

/// HKDF with SHA-256. Source: RFC 5869. Errors: internal.
[[nodiscard]] Result<Secret> hkdf_sha256(std::string_view key, std::string_view salt, std::string_view label,
                                         std::size_t size);
/// HMAC with SHA-256. Errors: internal.
[[nodiscard]] Result<std::string> hmac_sha256(std::string_view key, std::string_view message);
/// The one-step derivation with SHA-256 that JWE uses. Source: NIST SP 800-56A, 5.8.1 (Concat KDF).
/// Errors: internal.
[[nodiscard]] Result<Secret> concat_kdf_sha256(std::string_view shared, std::string_view other_info,
                                               std::size_t size);

/// How costly a passphrase is to try.
struct PassphraseCost {
    std::uint32_t memory_kib = 64U * 1024U;
    std::uint32_t passes = 3;
};
/// Argon2id, one lane. Source: RFC 9106. Errors: invalid_argument a salt shorter than 8 bytes; internal.
[[nodiscard]] Result<Secret> stretch_passphrase(const Secret& passphrase, std::string_view salt,
                                                PassphraseCost cost, std::size_t size);

} // namespace redoubt::crypto

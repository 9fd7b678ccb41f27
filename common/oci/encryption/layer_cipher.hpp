// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The cipher of encrypted image layers, AES_256_CTR_HMAC_SHA256: AES-256 in counter mode, and an
/// HMAC-SHA-256 of the ciphertext by the same key. Sans-I/O: the caller reads and writes. Source:
/// ocicrypt 1.2, blockcipher_aes_ctr.go; docs/formats/encrypted-images.md.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"
#include "common/crypto/stream_cipher.hpp"

namespace redoubt::oci::encryption {

inline constexpr std::string_view k_cipher = "AES_256_CTR_HMAC_SHA256";

/// What only those may know who may read the layer.
struct LayerKey {
    crypto::Secret key; ///< 32 bytes
    std::string nonce;  ///< 16 bytes: the first counter
    /// Of the layer's blob before it was encrypted, compressed as it may be. Makers may leave it out.
    std::optional<crypto::Digest> plain_digest;
};

/// Encrypts one layer. Thread: any, one at a time.
class LayerEncryptor {
  public:
    /// With a key and a nonce of its own. Errors: internal.
    [[nodiscard]] static Result<LayerEncryptor> make();

    /// The next bytes of the blob, in place. Errors: internal.
    Status encrypt(std::span<char> bytes);

    struct Finished {
        LayerKey key;     ///< with the plain digest
        std::string hmac; ///< 32 bytes, of the ciphertext
    };
    /// The end of its use.
    [[nodiscard]] Result<Finished> finish();

  private:
    LayerEncryptor(LayerKey key, crypto::Aes256Ctr cipher, crypto::HmacSha256 mac, crypto::Hasher hasher)
        : key_(std::move(key)), cipher_(std::move(cipher)), mac_(std::move(mac)), hasher_(std::move(hasher)) {
    }

    LayerKey key_;
    crypto::Aes256Ctr cipher_;
    crypto::HmacSha256 mac_;
    crypto::Hasher hasher_; ///< of what is not encrypted
};

/// Decrypts one layer. What decrypt() gives is not to be believed before finish() has said yes.
/// Thread: any, one at a time.
class LayerDecryptor {
  public:
    /// `hmac`: 32 bytes. Errors: invalid_argument a length; internal.
    [[nodiscard]] static Result<LayerDecryptor> make(const LayerKey& key, std::string hmac);

    /// The next bytes of the encrypted blob, in place. Errors: internal.
    Status decrypt(std::span<char> bytes);
    /// All bytes were there. Errors: data_loss the HMAC does not fit: bytes are missing, too many, changed,
    /// or another layer's; or what came out is not what its maker encrypted.
    [[nodiscard]] Status finish();

  private:
    LayerDecryptor(std::string hmac, std::optional<crypto::Digest> plain_digest, crypto::Aes256Ctr cipher,
                   crypto::HmacSha256 mac, crypto::Hasher hasher)
        : hmac_(std::move(hmac)), plain_digest_(std::move(plain_digest)), cipher_(std::move(cipher)),
          mac_(std::move(mac)), hasher_(std::move(hasher)) {}

    std::string hmac_; ///< as it should be
    std::optional<crypto::Digest> plain_digest_;
    crypto::Aes256Ctr cipher_;
    crypto::HmacSha256 mac_;
    crypto::Hasher hasher_; ///< of what comes out, where its maker said its digest
};

} // namespace redoubt::oci::encryption

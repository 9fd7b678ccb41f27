// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/encryption/layer_cipher.hpp"

#include "common/crypto/aead.hpp"

namespace redoubt::oci::encryption {

Result<LayerEncryptor> LayerEncryptor::make() {
    LayerKey key;
    RDT_TRY(key.key, crypto::random_secret(crypto::k_aes_256_size));
    RDT_TRY(key.nonce, crypto::random_bytes(crypto::k_ctr_counter_size));
    RDT_TRY(auto cipher, crypto::Aes256Ctr::make(key.key, key.nonce));
    RDT_TRY(auto mac, crypto::HmacSha256::make(key.key));
    RDT_TRY(auto hasher, crypto::Hasher::make());
    return LayerEncryptor(std::move(key), std::move(cipher), std::move(mac), std::move(hasher));
}

Status LayerEncryptor::encrypt(std::span<char> bytes) {
    RDT_CHECK(hasher_.update({bytes.data(), bytes.size()}));
    RDT_CHECK(cipher_.apply(bytes));
    return mac_.update({bytes.data(), bytes.size()});
}

Result<LayerEncryptor::Finished> LayerEncryptor::finish() {
    RDT_TRY(key_.plain_digest, hasher_.finish());
    RDT_TRY(auto hmac, mac_.finish());
    return Finished{std::move(key_), std::move(hmac)};
}

Result<LayerDecryptor> LayerDecryptor::make(const LayerKey& key, std::string hmac) {
    if (hmac.size() != crypto::k_hmac_sha256_size)
        return fail(Code::invalid_argument, "an HMAC of {} bytes: {} has {}", hmac.size(), k_cipher,
                    crypto::k_hmac_sha256_size);
    RDT_TRY(auto cipher, crypto::Aes256Ctr::make(key.key, key.nonce));
    RDT_TRY(auto mac, crypto::HmacSha256::make(key.key));
    const auto algorithm = key.plain_digest ? key.plain_digest->algorithm() : crypto::HashAlgorithm::sha256;
    RDT_TRY(auto hasher, crypto::Hasher::make(algorithm));
    return LayerDecryptor(std::move(hmac), key.plain_digest, std::move(cipher), std::move(mac),
                          std::move(hasher));
}

Status LayerDecryptor::decrypt(std::span<char> bytes) {
    RDT_CHECK(mac_.update({bytes.data(), bytes.size()}));
    RDT_CHECK(cipher_.apply(bytes));
    if (plain_digest_) RDT_CHECK(hasher_.update({bytes.data(), bytes.size()}));
    return {};
}

Status LayerDecryptor::finish() {
    RDT_TRY(const auto hmac, mac_.finish());
    if (!crypto::equal_in_constant_time(hmac, hmac_))
        return fail(Code::data_loss, "the HMAC does not fit: bytes are missing or were changed");
    if (!plain_digest_) return {};
    RDT_TRY(const auto digest, hasher_.finish());
    if (digest == *plain_digest_) return {};
    return fail(Code::data_loss, "what was decrypted has digest {}, not {} as its maker says", digest.str(),
                plain_digest_->str());
}

} // namespace redoubt::oci::encryption

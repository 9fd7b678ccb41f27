// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tpm/make_credential.hpp"

#include <memory>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

namespace redoubt::tee::tpm {
namespace {

constexpr std::size_t k_hash_size = 32;

std::string big_endian32(std::size_t value) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift & 0xFFU);
    return bytes;
}

/// A TPM2B.
std::string sized(std::string_view bytes) {
    return big_endian32(bytes.size()).substr(2) + std::string(bytes);
}

std::string exclusive_or(std::string_view left, std::string_view right) {
    std::string bytes(left);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ right[i]);
    return bytes;
}

/// MGF1 with SHA-256: RFC 8017 B.2.1.
Result<std::string> mask_of(std::string_view seed, std::size_t size) {
    std::string mask;
    for (std::size_t counter = 0; mask.size() < size; ++counter) {
        RDT_TRY(const auto piece, hash_of(Hash::sha256, {seed, big_endian32(counter)}));
        mask += piece;
    }
    mask.resize(size);
    return mask;
}

/// EME-OAEP with a given seed: RFC 8017 7.1.1. The library's own takes no seed, and the vectors have one.
Result<std::string> oaep_encode(std::string_view message, std::string_view label, std::string_view seed,
                                std::size_t size) {
    if (message.size() + 2 * k_hash_size + 2 > size)
        return fail(Code::invalid_argument, "OAEP: a message of {} bytes", message.size());
    RDT_TRY(const auto label_hash, hash_of(Hash::sha256, {label}));
    const std::string data = label_hash + std::string(size - message.size() - 2 * k_hash_size - 2, '\0') +
                             "\x01" + std::string(message);
    RDT_TRY(const auto data_mask, mask_of(seed, data.size()));
    const auto masked_data = exclusive_or(data, data_mask);
    RDT_TRY(const auto seed_mask, mask_of(masked_data, k_hash_size));
    return std::string(1, '\0') + exclusive_or(seed, seed_mask) + masked_data;
}

Result<std::string> encrypt_rsa(const PublicKey& key, std::string_view encoded) {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new(key.native(), nullptr), EVP_PKEY_CTX_free);
    std::string out(encoded.size(), '\0');
    std::size_t size = out.size();
    const bool is_good =
        context && EVP_PKEY_encrypt_init(context.get()) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
        EVP_PKEY_encrypt(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                         reinterpret_cast<const unsigned char*>(encoded.data()), encoded.size()) == 1;
    ERR_clear_error();
    if (!is_good || size != out.size())
        return fail(Code::internal, "encrypt to the endorsement key: the cryptographic library failed");
    return out;
}

Result<std::string> encrypt_aes_cfb(std::string_view key, std::string_view plain) {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  EVP_CIPHER_CTX_free);
    const std::string iv(16, '\0');
    std::string out(plain.size(), '\0');
    int size = 0;
    const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.data());
    const auto* iv_bytes = reinterpret_cast<const unsigned char*>(iv.data());
    const bool is_good =
        context &&
        EVP_EncryptInit_ex(context.get(), EVP_aes_128_cfb128(), nullptr, key_bytes, iv_bytes) == 1 &&
        EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                          reinterpret_cast<const unsigned char*>(plain.data()),
                          static_cast<int>(plain.size())) == 1;
    if (!is_good || static_cast<std::size_t>(size) != out.size())
        return fail(Code::internal, "AES-CFB: the cryptographic library failed");
    return out;
}

} // namespace

Result<CredentialRandom> make_credential_random() {
    CredentialRandom random{std::string(16, '\0'), std::string(k_hash_size, '\0')};
    for (auto* part : {&random.seed, &random.oaep_seed})
        if (RAND_bytes(reinterpret_cast<unsigned char*>(part->data()), static_cast<int>(part->size())) != 1)
            return fail(Code::internal, "no randomness");
    return random;
}

Result<std::string> kdfa(std::string_view key, std::string_view label, std::string_view context_u,
                         std::string_view context_v, std::size_t bits) {
    std::string out;
    for (std::size_t counter = 1; out.size() < bits / 8; ++counter) {
        const std::string message = big_endian32(counter) + std::string(label) + std::string(1, '\0') +
                                    std::string(context_u) + std::string(context_v) + big_endian32(bits);
        RDT_TRY(const auto piece, hmac_of(Hash::sha256, key, message));
        out += piece;
    }
    out.resize(bits / 8);
    return out;
}

Result<Credential> make_credential(const PublicKey& endorsement_key, std::string_view name,
                                   std::string_view secret, const CredentialRandom& random) {
    if (endorsement_key.kind() != "RSA-2048")
        return fail(Code::unimplemented, "credentials for {} endorsement keys are not implemented",
                    endorsement_key.kind());
    if (secret.empty() || secret.size() > k_hash_size || random.seed.size() != 16 ||
        random.oaep_seed.size() != k_hash_size)
        return fail(Code::invalid_argument, "a secret of {} bytes, or randomness of another length",
                    secret.size());
    RDT_TRY(const auto encoded,
            oaep_encode(random.seed, std::string_view("IDENTITY\0", 9), random.oaep_seed, 256));
    RDT_TRY(const auto encrypted_seed, encrypt_rsa(endorsement_key, encoded));
    RDT_TRY(const auto storage_key, kdfa(random.seed, "STORAGE", name, "", 128));
    RDT_TRY(const auto integrity_key, kdfa(random.seed, "INTEGRITY", "", "", 256));
    RDT_TRY(const auto identity, encrypt_aes_cfb(storage_key, sized(secret)));
    RDT_TRY(const auto integrity, hmac_of(Hash::sha256, integrity_key, identity + std::string(name)));
    return Credential{sized(sized(integrity) + identity), sized(encrypted_seed)};
}

} // namespace redoubt::tee::tpm

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/aead.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>

namespace redoubt::crypto {
namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
constexpr std::size_t k_max_bytes = 1U << 30U; // OpenSSL counts in int

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
/// OSSL_PARAM wants a pointer it may write through, and does not write.
unsigned char* param_bytes(std::string_view text) {
    return const_cast<unsigned char*>(bytes_of(text)); // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

Status check_lengths(const Secret& key, std::string_view nonce, std::size_t size) {
    if (key.size() != k_aes_256_size)
        return fail(Code::invalid_argument, "AES-256-GCM: a key of {} bytes", key.size());
    if (nonce.size() != k_gcm_nonce_size)
        return fail(Code::invalid_argument, "AES-256-GCM: a nonce of {} bytes", nonce.size());
    if (size > k_max_bytes) return fail(Code::invalid_argument, "AES-256-GCM: {} bytes are too many", size);
    return {};
}

Result<Secret> derive(const char* name, const OSSL_PARAM* params, std::size_t size) {
    const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, name, nullptr),
                                                                &EVP_KDF_free);
    const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf.get()),
                                                                            &EVP_KDF_CTX_free);
    auto key = Secret::of_size(size);
    if (!context || EVP_KDF_derive(context.get(), key.data(), key.size(), params) != 1)
        return fail(Code::internal, "derive a key by {}", name);
    return key;
}

std::string g_sha256 = "SHA256"; // OSSL_PARAM takes a char*, which it only reads

} // namespace

Result<Sealed> seal_aes_256_gcm(const Secret& key, std::string_view nonce, std::string_view plaintext,
                                std::string_view aad) {
    RDT_CHECK(check_lengths(key, nonce, plaintext.size() + aad.size()));
    const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    Sealed sealed{std::string(plaintext.size(), '\0'), std::string(k_gcm_tag_size, '\0')};
    auto* out = reinterpret_cast<unsigned char*>(sealed.ciphertext.data());
    int length = 0;
    const bool is_good =
        context &&
        EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes_of(nonce)) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &length, bytes_of(aad), static_cast<int>(aad.size())) ==
            1 &&
        EVP_EncryptUpdate(context.get(), out, &length, bytes_of(plaintext),
                          static_cast<int>(plaintext.size())) == 1 &&
        EVP_EncryptFinal_ex(context.get(), out + length, &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(k_gcm_tag_size),
                            sealed.tag.data()) == 1;
    if (!is_good) return fail(Code::internal, "AES-256-GCM failed to seal");
    return sealed;
}

Result<Secret> open_aes_256_gcm(const Secret& key, std::string_view nonce, std::string_view ciphertext,
                                std::string_view tag, std::string_view aad) {
    RDT_CHECK(check_lengths(key, nonce, ciphertext.size() + aad.size()));
    if (tag.size() != k_gcm_tag_size)
        return fail(Code::invalid_argument, "AES-256-GCM: a tag of {} bytes", tag.size());
    const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    auto plaintext = Secret::of_size(ciphertext.size());
    std::string expected(tag);
    int length = 0;
    const bool is_ready =
        context &&
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes_of(nonce)) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &length, bytes_of(aad), static_cast<int>(aad.size())) ==
            1 &&
        EVP_DecryptUpdate(context.get(), plaintext.data(), &length, bytes_of(ciphertext),
                          static_cast<int>(ciphertext.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(k_gcm_tag_size),
                            expected.data()) == 1;
    if (!is_ready) return fail(Code::internal, "AES-256-GCM failed to open");
    if (EVP_DecryptFinal_ex(context.get(), plaintext.data() + length, &length) != 1)
        return fail(Code::permission_denied, "AES-256-GCM: the tag does not fit");
    return plaintext;
}

Result<Secret> hkdf_sha256(std::string_view key, std::string_view salt, std::string_view label,
                           std::size_t size) {
    const std::array params{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, g_sha256.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, param_bytes(key), key.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, param_bytes(salt), salt.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, param_bytes(label), label.size()),
        OSSL_PARAM_construct_end()};
    return derive("HKDF", params.data(), size);
}

Result<std::string> hmac_sha256(std::string_view key, std::string_view message) {
    std::string mac(32, '\0');
    unsigned int size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(message), message.size(),
             reinterpret_cast<unsigned char*>(mac.data()), &size) == nullptr ||
        size != mac.size())
        return fail(Code::internal, "HMAC failed");
    return mac;
}

Result<Secret> concat_kdf_sha256(std::string_view shared, std::string_view other_info, std::size_t size) {
    const std::array params{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, g_sha256.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, param_bytes(shared), shared.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, param_bytes(other_info), other_info.size()),
        OSSL_PARAM_construct_end()};
    return derive("SSKDF", params.data(), size);
}

Result<Secret> stretch_passphrase(const Secret& passphrase, std::string_view salt, PassphraseCost cost,
                                  std::size_t size) {
    if (salt.size() < 8) return fail(Code::invalid_argument, "a salt of {} bytes is too short", salt.size());
    std::uint32_t lanes = 1;
    const std::array params{
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, param_bytes(passphrase.view()),
                                          passphrase.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, param_bytes(salt), salt.size()),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &cost.passes),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &cost.memory_kib),
        OSSL_PARAM_construct_end()};
    return derive("ARGON2ID", params.data(), size);
}

} // namespace redoubt::crypto

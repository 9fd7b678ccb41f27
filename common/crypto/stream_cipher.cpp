// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/stream_cipher.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>

#include "common/crypto/aead.hpp"

namespace redoubt::crypto {
namespace {

constexpr std::size_t k_most_at_once = 1U << 30U; // OpenSSL counts in int

} // namespace

void Aes256Ctr::Free::operator()(evp_cipher_ctx_st* context) const {
    EVP_CIPHER_CTX_free(context);
}
void HmacSha256::Free::operator()(evp_mac_ctx_st* context) const {
    EVP_MAC_CTX_free(context);
}

Result<Aes256Ctr> Aes256Ctr::make(const Secret& key, std::string_view counter) {
    if (key.size() != k_aes_256_size)
        return fail(Code::invalid_argument, "AES-256-CTR: a key of {} bytes", key.size());
    if (counter.size() != k_ctr_counter_size)
        return fail(Code::invalid_argument, "AES-256-CTR: a counter of {} bytes", counter.size());
    std::unique_ptr<evp_cipher_ctx_st, Free> context(EVP_CIPHER_CTX_new());
    const auto* first = reinterpret_cast<const unsigned char*>(counter.data());
    if (!context || EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, key.data(), first) != 1)
        return fail(Code::internal, "AES-256-CTR cannot begin");
    return Aes256Ctr(std::move(context));
}

Status Aes256Ctr::apply(std::span<char> bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), k_most_at_once));
        auto* place = reinterpret_cast<unsigned char*>(piece.data());
        int length = 0;
        if (EVP_EncryptUpdate(context_.get(), place, &length, place, static_cast<int>(piece.size())) != 1 ||
            static_cast<std::size_t>(length) != piece.size())
            return fail(Code::internal, "AES-256-CTR failed");
        bytes = bytes.subspan(piece.size());
    }
    return {};
}

Result<HmacSha256> HmacSha256::make(const Secret& key) {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> method(EVP_MAC_fetch(nullptr, "HMAC", nullptr),
                                                                   &EVP_MAC_free);
    std::unique_ptr<evp_mac_ctx_st, Free> context(EVP_MAC_CTX_new(method.get()));
    std::string digest = "SHA256"; // OSSL_PARAM takes a char*, which it only reads
    const std::array params{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                            OSSL_PARAM_construct_end()};
    if (!context || EVP_MAC_init(context.get(), key.data(), key.size(), params.data()) != 1)
        return fail(Code::internal, "HMAC cannot begin");
    return HmacSha256(std::move(context));
}

Status HmacSha256::update(std::string_view bytes) {
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    if (EVP_MAC_update(context_.get(), data, bytes.size()) != 1) return fail(Code::internal, "HMAC failed");
    return {};
}

Result<std::string> HmacSha256::finish() {
    std::string mac(k_hmac_sha256_size, '\0');
    std::size_t size = 0;
    if (EVP_MAC_final(context_.get(), reinterpret_cast<unsigned char*>(mac.data()), &size, mac.size()) != 1 ||
        size != mac.size())
        return fail(Code::internal, "HMAC failed");
    return mac;
}

} // namespace redoubt::crypto

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/key_wrap.hpp"

#include <openssl/evp.h>

#include <memory>

#include "common/crypto/aead.hpp"

namespace redoubt::crypto {
namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

constexpr std::size_t k_block = 8;
constexpr std::size_t k_least = 16;
constexpr std::size_t k_most = 4096;

Status check_size(const Secret& wrapping_key, std::size_t size, std::size_t least) {
    if (wrapping_key.size() != k_aes_256_size)
        return fail(Code::invalid_argument, "key wrap: a wrapping key of {} bytes", wrapping_key.size());
    if (size < least || size > k_most || size % k_block != 0)
        return fail(Code::invalid_argument, "key wrap: {} bytes", size);
    return {};
}

CipherContext new_context() {
    CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    if (context) EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    return context;
}

} // namespace

Result<std::string> wrap_key(const Secret& wrapping_key, const Secret& key) {
    RDT_CHECK(check_size(wrapping_key, key.size(), k_least));
    const auto context = new_context();
    std::string wrapped(key.size() + k_block, '\0');
    int length = 0;
    if (!context ||
        EVP_EncryptInit_ex(context.get(), EVP_aes_256_wrap(), nullptr, wrapping_key.data(), nullptr) != 1 ||
        EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(wrapped.data()), &length,
                          key.data(), static_cast<int>(key.size())) != 1 ||
        static_cast<std::size_t>(length) != wrapped.size())
        return fail(Code::internal, "key wrap failed");
    return wrapped;
}

Result<Secret> unwrap_key(const Secret& wrapping_key, std::string_view wrapped) {
    RDT_CHECK(check_size(wrapping_key, wrapped.size(), k_least + k_block));
    const auto context = new_context();
    // OpenSSL may write as much as it reads.
    auto room = Secret::of_size(wrapped.size());
    int length = 0;
    if (!context ||
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_wrap(), nullptr, wrapping_key.data(), nullptr) != 1)
        return fail(Code::internal, "key unwrap failed");
    if (EVP_DecryptUpdate(context.get(), room.data(), &length,
                          reinterpret_cast<const unsigned char*>(wrapped.data()),
                          static_cast<int>(wrapped.size())) != 1 ||
        static_cast<std::size_t>(length) != wrapped.size() - k_block)
        return fail(Code::permission_denied, "key unwrap: not wrapped with this key, or changed");
    return Secret::copy_of(room.view().substr(0, static_cast<std::size_t>(length)));
}

} // namespace redoubt::crypto

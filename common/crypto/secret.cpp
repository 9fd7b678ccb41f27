// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace redoubt::crypto {

Secret::Secret(std::string&& bytes) : bytes_(bytes) {
    crypto::wipe(bytes);
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
    // A short string is copied by a move and stays behind.
    other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    bytes_ = std::move(other.bytes_);
    other.wipe();
    return *this;
}

void Secret::wipe() {
    crypto::wipe(bytes_);
}

void wipe(std::string& bytes) {
    if (bytes.capacity() != 0) {
        bytes.resize(bytes.capacity());
        OPENSSL_cleanse(bytes.data(), bytes.size());
    }
    bytes.clear();
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

Result<std::string> random_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1)
        return fail(Code::internal, "random number generator gave nothing");
    return bytes;
}

Result<Secret> random_secret(std::size_t size) {
    auto secret = Secret::of_size(size);
    if (RAND_priv_bytes(secret.data(), static_cast<int>(size)) != 1)
        return fail(Code::internal, "random number generator gave nothing");
    return secret;
}

} // namespace redoubt::crypto

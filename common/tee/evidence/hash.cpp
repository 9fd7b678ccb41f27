// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/hash.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace redoubt::tee {
namespace {

struct Traits {
    Hash hash;
    std::string_view name;
    std::size_t size;
    std::uint16_t tpm_id; // TCG Algorithm Registry, TPM_ALG_ID
    const EVP_MD* (*method)();
};

constexpr std::array k_hashes{
    Traits{Hash::sha1, "sha1", 20, 0x0004, EVP_sha1},
    Traits{Hash::sha256, "sha256", 32, 0x000B, EVP_sha256},
    Traits{Hash::sha384, "sha384", 48, 0x000C, EVP_sha384},
    Traits{Hash::sha512, "sha512", 64, 0x000D, EVP_sha512},
};

const Traits& traits_of(Hash hash) {
    return k_hashes.at(static_cast<std::size_t>(hash));
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

std::string_view name_of(Hash hash) {
    return traits_of(hash).name;
}

std::size_t size_of(Hash hash) {
    return traits_of(hash).size;
}

std::optional<Hash> hash_of_name(std::string_view name) {
    const auto* found = std::ranges::find(k_hashes, name, &Traits::name);
    return found == k_hashes.end() ? std::nullopt : std::optional(found->hash);
}

std::optional<Hash> hash_of_tpm_id(std::uint16_t id) {
    const auto* found = std::ranges::find(k_hashes, id, &Traits::tpm_id);
    return found == k_hashes.end() ? std::nullopt : std::optional(found->hash);
}

Result<std::string> hash_of(Hash hash, std::initializer_list<std::string_view> pieces) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::string value(size_of(hash), '\0');
    bool is_good = context && EVP_DigestInit_ex(context.get(), traits_of(hash).method(), nullptr) == 1;
    for (const auto piece : pieces)
        is_good = is_good && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
    is_good = is_good &&
              EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(value.data()), nullptr) == 1;
    if (!is_good)
        return fail(Code::internal, "hash with {}: the cryptographic library failed", name_of(hash));
    return value;
}

Result<std::string> hmac_of(Hash hash, std::string_view key, std::string_view message) {
    std::string value(size_of(hash), '\0');
    unsigned int size = 0;
    const auto* made =
        HMAC(traits_of(hash).method(), key.data(), static_cast<int>(key.size()), bytes_of(message),
             message.size(), reinterpret_cast<unsigned char*>(value.data()), &size);
    if (made == nullptr || size != value.size())
        return fail(Code::internal, "HMAC with {}: the cryptographic library failed", name_of(hash));
    return value;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool is_zero(std::string_view bytes) {
    return std::ranges::all_of(bytes, [](char byte) { return byte == 0; });
}

} // namespace redoubt::tee

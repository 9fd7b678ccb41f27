// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/pairing/pairing_proof.hpp"

#include <openssl/evp.h>

#include "common/crypto/aead.hpp"

namespace redoubt::pairing {
namespace {

// Crockford's base 32: no I, L, O, U. Source: https://www.crockford.com/base32.html
constexpr std::string_view k_letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t k_length = 12; ///< 60 bits
constexpr std::size_t k_group = 4;

// 32 MiB, some 0.1 s. Source: RFC 7914, 2.
constexpr std::uint64_t k_cost = 1U << 15U;
constexpr std::uint64_t k_block = 8;
constexpr std::uint64_t k_lanes = 1;
constexpr std::uint64_t k_memory = 64U << 20U;
constexpr std::size_t k_key_size = 32;

constexpr std::string_view k_salt_label = "redoubt pairing 1 code";
constexpr std::string_view k_client_label = "redoubt pairing 1 client";
constexpr std::string_view k_node_label = "redoubt pairing 1 node";

/// A label, a zero byte, digests as their text: each has one length.
std::string message_of(std::string_view label, std::initializer_list<const crypto::Digest*> digests) {
    std::string message(label);
    message += '\0';
    for (const auto* digest : digests) message += digest->hex();
    return message;
}

char letter_of(char typed) {
    if (typed >= 'a' && typed <= 'z') typed = static_cast<char>(typed - 'a' + 'A');
    if (typed == 'O') return '0';
    if (typed == 'I' || typed == 'L') return '1';
    return typed;
}

} // namespace

Result<std::string> make_code() {
    RDT_TRY(const auto bytes, crypto::random_bytes(k_length));
    std::string code;
    for (std::size_t at = 0; at < k_length; ++at) {
        if (at != 0 && at % k_group == 0) code += '-';
        code += k_letters[static_cast<unsigned char>(bytes[at]) % k_letters.size()];
    }
    return code;
}

Result<crypto::Secret> normalize_code(std::string_view typed) {
    std::string code;
    code.reserve(k_length + 1);
    bool is_good = true;
    for (const char raw : typed) {
        if (raw == '-' || raw == ' ' || raw == '\n' || raw == '\r') continue;
        const char letter = letter_of(raw);
        is_good = is_good && k_letters.contains(letter) && code.size() < k_length;
        if (is_good) code += letter;
    }
    is_good = is_good && code.size() == k_length;
    crypto::Secret secret(std::move(code));
    if (!is_good)
        return fail(Code::invalid_argument, "that is no pairing code: {} letters and digits, XXXX-XXXX-XXXX",
                    k_length);
    return secret;
}

Result<crypto::Secret> derive_key(const crypto::Secret& code, const crypto::Digest& node) {
    const auto salt = message_of(k_salt_label, {&node});
    auto key = crypto::Secret::of_size(k_key_size);
    const auto text = code.view();
    if (EVP_PBE_scrypt(text.data(), text.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                       salt.size(), k_cost, k_block, k_lanes, k_memory, key.data(), key.size()) != 1)
        return fail(Code::internal, "derive a key from the pairing code");
    return key;
}

Result<std::string> client_proof(const crypto::Secret& key, const crypto::Digest& node,
                                 const crypto::Digest& client) {
    return crypto::hmac_sha256(key.view(), message_of(k_client_label, {&node, &client}));
}

Result<std::string> node_proof(const crypto::Secret& key, const crypto::Digest& node,
                               const crypto::Digest& client) {
    return crypto::hmac_sha256(key.view(), message_of(k_node_label, {&node, &client}));
}

} // namespace redoubt::pairing

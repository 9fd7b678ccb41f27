// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/digest.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/evp.h>

namespace redoubt::crypto {
namespace {

struct AlgorithmTraits {
    HashAlgorithm algorithm;
    std::string_view name;
    std::size_t size;
    const char* openssl_name;
};

constexpr std::array k_algorithms{
    AlgorithmTraits{HashAlgorithm::sha256, "sha256", 32, "SHA2-256"},
    AlgorithmTraits{HashAlgorithm::sha384, "sha384", 48, "SHA2-384"},
    AlgorithmTraits{HashAlgorithm::sha512, "sha512", 64, "SHA2-512"},
};

const AlgorithmTraits& traits_of(HashAlgorithm algorithm) {
    return k_algorithms.at(static_cast<std::size_t>(algorithm));
}

// Not encoding/hex: crypto and encoding are siblings that do not include each other.
std::string hex_of(std::string_view bytes) {
    static constexpr std::string_view k_digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        hex += k_digits[value >> 4U];
        hex += k_digits[value & 15U];
    }
    return hex;
}

bool is_lower_hex(char character) {
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
}

} // namespace

std::string_view name_of(HashAlgorithm algorithm) {
    return traits_of(algorithm).name;
}
std::optional<HashAlgorithm> hash_of_name(std::string_view name) {
    for (const auto algorithm : {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512})
        if (name_of(algorithm) == name) return algorithm;
    return std::nullopt;
}
std::size_t size_of(HashAlgorithm algorithm) {
    return traits_of(algorithm).size;
}

Result<Digest> Digest::parse(std::string_view text) {
    const auto shown = text.substr(0, 160); // errors do not repeat arbitrarily long input
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
        return fail(Code::invalid_argument, "digest '{}': not of the form algorithm:hex", shown);
    const auto name = text.substr(0, colon);
    const auto* found = std::ranges::find(k_algorithms, name, &AlgorithmTraits::name);
    if (found == k_algorithms.end())
        return fail(Code::invalid_argument, "digest '{}': algorithm is not one of sha256, sha384, sha512",
                    shown);
    const auto hex = text.substr(colon + 1);
    if (hex.size() != found->size * 2)
        return fail(Code::invalid_argument, "digest '{}': {} needs {} hex digits, there are {}", shown, name,
                    found->size * 2, hex.size());
    if (!std::ranges::all_of(hex, is_lower_hex))
        return fail(Code::invalid_argument, "digest '{}': only the digits 0-9 and a-f are allowed", shown);
    return Digest(found->algorithm, std::string(hex));
}

std::string Digest::str() const {
    return std::string(name_of(algorithm_)) + ":" + hex_;
}

void Hasher::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}
void Hasher::Free::operator()(evp_md_st* method) const {
    EVP_MD_free(method);
}

Hasher::Hasher(HashAlgorithm algorithm, std::unique_ptr<evp_md_st, Free> method,
               std::unique_ptr<evp_md_ctx_st, Free> context)
    : algorithm_(algorithm), method_(std::move(method)), context_(std::move(context)) {}

Result<Hasher> Hasher::make(HashAlgorithm algorithm) {
    std::unique_ptr<evp_md_st, Free> method(
        EVP_MD_fetch(nullptr, traits_of(algorithm).openssl_name, nullptr));
    std::unique_ptr<evp_md_ctx_st, Free> context(EVP_MD_CTX_new());
    if (!method || !context)
        return fail(Code::internal, "start {}: not offered by the cryptographic library", name_of(algorithm));
    Hasher hasher(algorithm, std::move(method), std::move(context));
    RDT_CHECK(hasher.start());
    return hasher;
}

Status Hasher::start() {
    if (EVP_DigestInit_ex2(context_.get(), method_.get(), nullptr) != 1)
        return fail(Code::internal, "start {}: the cryptographic library failed", name_of(algorithm_));
    return {};
}

Status Hasher::update(std::string_view bytes) {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1)
        return fail(Code::internal, "hash with {}: the cryptographic library failed", name_of(algorithm_));
    return {};
}

Result<std::string> Hasher::finish_raw() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(context_.get(), value.data(), &size) != 1 || size != size_of(algorithm_))
        return fail(Code::internal, "finish {}: the cryptographic library failed", name_of(algorithm_));
    RDT_CHECK(start());
    return std::string(value.begin(), value.begin() + size);
}

Result<Digest> Hasher::finish() {
    RDT_TRY(const auto raw, finish_raw());
    return Digest(algorithm_, hex_of(raw));
}

Result<Digest> digest_of(std::string_view bytes, HashAlgorithm algorithm) {
    RDT_TRY(auto hasher, Hasher::make(algorithm));
    RDT_CHECK(hasher.update(bytes));
    return hasher.finish();
}

Result<std::string> raw_digest(std::string_view bytes, HashAlgorithm algorithm) {
    RDT_TRY(auto hasher, Hasher::make(algorithm));
    RDT_CHECK(hasher.update(bytes));
    return hasher.finish_raw();
}

} // namespace redoubt::crypto

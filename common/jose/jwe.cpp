// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/jose/jwe.hpp"

#include <boost/json/serialize.hpp>

#include "common/crypto/aead.hpp"
#include "common/crypto/key_wrap.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::jose {
namespace {

namespace bj = boost::json;
using crypto::Secret;
using encoding::Base64;

constexpr std::string_view k_content_algorithm = "A256GCM";
constexpr std::size_t k_max_jwe = 32U << 20U;

std::string encode(std::string_view bytes) {
    return encoding::to_base64(bytes, Base64::url);
}

Result<std::string> decode(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    return encoding::from_base64(text, Base64::url).transform_error(context("{}", node.path()));
}

std::string big_endian_32(std::size_t number) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>((number >> shift) & 0xFFU);
    return bytes;
}

/// The content key as the recipient gets it, and what the header says of it.
struct EncryptedKey {
    bj::object header;
    std::string bytes;
};

Result<EncryptedKey> encrypt_by_agreement(const Secret& content_key, const crypto::PublicKey& recipient) {
    const auto point = recipient.point();
    RDT_TRY(const auto ephemeral, crypto::PrivateKey::generate(point->curve));
    RDT_TRY(const auto ephemeral_public, ephemeral.public_key());
    const auto own = ephemeral_public.point();
    if (!own) return fail(Code::internal, "an ephemeral key without a point");
    RDT_TRY(const auto shared, ephemeral.agree(recipient));
    RDT_TRY(const auto wrapping_key,
            derive_wrapping_key(shared.view(), k_ecdh_es_a256kw, {}, {}, crypto::k_aes_256_size));
    RDT_TRY(auto wrapped, crypto::wrap_key(wrapping_key, content_key));
    const bj::object epk{
        {"crv", crypto::name_of(own->curve)}, {"kty", "EC"}, {"x", encode(own->x)}, {"y", encode(own->y)}};
    return EncryptedKey{{{"alg", k_ecdh_es_a256kw}, {"enc", k_content_algorithm}, {"epk", epk}},
                        std::move(wrapped)};
}

Result<EncryptedKey> encrypt_by_rsa(const Secret& content_key, const crypto::PublicKey& recipient) {
    RDT_TRY(auto encrypted, recipient.encrypt_oaep_sha256(content_key));
    return EncryptedKey{{{"alg", k_rsa_oaep_256}, {"enc", k_content_algorithm}}, std::move(encrypted)};
}

Result<Secret> unwrap_content_key(const json::Node& header, std::string_view encrypted,
                                  const crypto::PrivateKey& key) {
    RDT_TRY(const auto algorithm, header["alg"].string());
    if (algorithm == k_rsa_oaep_256) return key.decrypt_oaep_sha256(encrypted);
    if (algorithm != k_ecdh_es_a256kw) return header["alg"].wrong("not ECDH-ES+A256KW or RSA-OAEP-256");
    std::string party_u;
    std::string party_v;
    if (header["apu"].is_present()) {
        RDT_TRY(party_u, decode(header["apu"]));
    }
    if (header["apv"].is_present()) {
        RDT_TRY(party_v, decode(header["apv"]));
    }
    RDT_TRY(const auto ephemeral, parse_jwk(header["epk"]));
    RDT_TRY(const auto shared, key.agree(ephemeral.key));
    RDT_TRY(const auto wrapping_key,
            derive_wrapping_key(shared.view(), algorithm, party_u, party_v, crypto::k_aes_256_size));
    return crypto::unwrap_key(wrapping_key, encrypted);
}

} // namespace

Result<std::string_view> encryption_algorithm_of(const Jwk& recipient) {
    std::string_view fitting;
    if (const auto point = recipient.key.point(); point && point->curve != crypto::Curve::p384)
        fitting = k_ecdh_es_a256kw;
    if (recipient.key.rsa()) fitting = k_rsa_oaep_256;
    if (fitting.empty())
        return fail(Code::invalid_argument, "the key is of no kind that is encrypted to: P-256, P-521, RSA");
    if (!recipient.algorithm.empty() && recipient.algorithm != fitting)
        return fail(Code::invalid_argument, "algorithm '{}' for a key that needs {}",
                    recipient.algorithm.substr(0, 40), fitting);
    return fitting;
}

Result<std::string> encrypt_jwe(std::string_view plaintext, const Jwk& recipient) {
    RDT_TRY(const auto algorithm, encryption_algorithm_of(recipient));
    RDT_TRY(const auto content_key, crypto::random_secret(crypto::k_aes_256_size));
    RDT_TRY(const auto encrypted, algorithm == k_rsa_oaep_256
                                      ? encrypt_by_rsa(content_key, recipient.key)
                                      : encrypt_by_agreement(content_key, recipient.key));
    RDT_TRY(const auto nonce, crypto::random_bytes(crypto::k_gcm_nonce_size));
    const auto header = encode(bj::serialize(encrypted.header));
    RDT_TRY(const auto sealed, crypto::seal_aes_256_gcm(content_key, nonce, plaintext, header));
    return bj::serialize(bj::object{{"protected", header},
                                    {"encrypted_key", encode(encrypted.bytes)},
                                    {"iv", encode(nonce)},
                                    {"ciphertext", encode(sealed.ciphertext)},
                                    {"tag", encode(sealed.tag)}});
}

Result<Secret> decrypt_jwe(std::string_view text, const crypto::PrivateKey& key) {
    RDT_TRY(const auto document, json::parse("jwe", text, {.max_bytes = k_max_jwe, .max_depth = 4}));
    const auto root = document.root();
    for (const auto* name : {"aad", "unprotected", "header", "recipients"})
        if (root[name].value() != nullptr) return root[name].wrong("not supported");
    RDT_TRY(const auto header_text, root["protected"].string());
    RDT_TRY(const auto header_bytes, decode(root["protected"]));
    RDT_TRY(const auto header,
            json::parse("jwe header", header_bytes, {.max_bytes = 16U << 10U, .max_depth = 4}));
    for (const auto* name : {"crit", "zip"})
        if (header.root()[name].value() != nullptr) return header.root()[name].wrong("not supported");
    RDT_TRY(const auto content_algorithm, header.root()["enc"].string());
    if (content_algorithm != k_content_algorithm) return header.root()["enc"].wrong("not A256GCM");
    RDT_TRY(const auto encrypted, decode(root["encrypted_key"]));
    RDT_TRY(const auto nonce, decode(root["iv"]));
    RDT_TRY(const auto ciphertext, decode(root["ciphertext"]));
    RDT_TRY(const auto tag, decode(root["tag"]));
    RDT_TRY(const auto content_key, unwrap_content_key(header.root(), encrypted, key));
    return crypto::open_aes_256_gcm(content_key, nonce, ciphertext, tag, header_text);
}

Result<Secret> derive_wrapping_key(std::string_view shared, std::string_view algorithm,
                                   std::string_view party_u, std::string_view party_v, std::size_t size) {
    std::string info;
    for (const auto part : {algorithm, party_u, party_v}) {
        info += big_endian_32(part.size());
        info += part;
    }
    info += big_endian_32(size * 8);
    return crypto::concat_kdf_sha256(shared, info, size);
}

} // namespace redoubt::jose

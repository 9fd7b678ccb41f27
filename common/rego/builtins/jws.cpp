// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/jws.hpp"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "common/rego/builtins/go_base64.hpp"
#include "common/rego/value/json.hpp"

namespace redoubt::rego {
namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

const EVP_MD* hash_of(int bits) {
    return bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : EVP_sha512();
}

std::string text_at(const Value& object, std::string_view name) {
    const Value value = object.at(name);
    return value.is_string() ? std::string(value.as_string()) : std::string();
}

std::expected<VerificationKey, std::string> key_from_jwk(const Value& jwk) {
    VerificationKey key{.key = nullptr, .secret = {}, .algorithm = {}, .id = {}};
    if (!jwk.is_object()) return std::unexpected("failed to parse a JWK key (set): a key is not an object");
    key.algorithm = text_at(jwk, "alg");
    key.id = text_at(jwk, "kid");
    if (text_at(jwk, "kty") == "oct") {
        auto secret = decode_base64url(text_at(jwk, "k"));
        if (!secret) return std::unexpected("failed to parse a JWK key (set): " + secret.error());
        key.secret = std::move(*secret);
        return key;
    }
    key.key = key_of_jwk(jwk);
    if (!key.key) return std::unexpected("failed to parse a JWK key (set): invalid key");
    return key;
}

std::expected<std::vector<VerificationKey>, std::string> keys_from_json(std::string_view text) {
    Arena scratch;
    const auto value = parse_json(scratch, text);
    if (!value) return std::unexpected("failed to parse a JWK key (set): " + value.error().message);
    std::vector<Value> items{*value};
    if (value->is_object() && value->at("keys").is_array()) {
        const auto list = value->at("keys").items();
        items.assign(list.begin(), list.end());
    }
    std::vector<VerificationKey> keys;
    for (const Value& item : items) {
        auto key = key_from_jwk(item);
        if (!key) return std::unexpected(key.error());
        // Keys for algorithms not known (encryption, say) are passed over.
        const bool known =
            key->algorithm.empty() || signature_algorithm_of(key->algorithm).family != SignatureFamily::none;
        if (known) keys.push_back(std::move(*key));
    }
    return keys;
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};

/// The two numbers of an ECDSA signature, which a token has side by side, as DER.
std::string der_signature(std::string_view signature) {
    const std::size_t half = signature.size() / 2;
    const std::unique_ptr<ECDSA_SIG, FreeContext> pair(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(bytes_of(signature), static_cast<int>(half), nullptr);
    BIGNUM* s =
        BN_bin2bn(bytes_of(signature.substr(half)), static_cast<int>(signature.size() - half), nullptr);
    if (!pair || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return {};
    }
    unsigned char* bytes = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &bytes);
    std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
    OPENSSL_free(bytes);
    return der;
}

bool verify_with(EVP_PKEY* key, const SignatureAlgorithm& algorithm, std::string_view message,
                 std::string_view signature) {
    const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    const EVP_MD* hash = algorithm.family == SignatureFamily::eddsa ? nullptr : hash_of(algorithm.bits);
    if (EVP_DigestVerifyInit(context.get(), &parameters, hash, nullptr, key) != 1) return false;
    if (algorithm.family == SignatureFamily::rsa_pss &&
        (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_AUTO) != 1))
        return false;
    return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                            message.size()) == 1;
}

} // namespace

std::expected<std::vector<VerificationKey>, std::string> verification_keys(std::string_view text) {
    const auto block = next_pem_block(text);
    if (!block) return keys_from_json(text);
    if (!block->rest.empty()) return std::unexpected("extra data after a PEM certificate block");
    VerificationKey key{.key = nullptr, .secret = {}, .algorithm = {}, .id = {}};
    if (block->type == "CERTIFICATE") {
        const Certificate certificate = read_certificate(block->bytes);
        if (!certificate)
            return std::unexpected("failed to parse a PEM certificate: x509: malformed certificate");
        key.key.reset(X509_get_pubkey(certificate.get()));
    } else if (block->type == "PUBLIC KEY") {
        key.key = read_public_key(block->bytes);
        if (!key.key) return std::unexpected("failed to parse a PEM public key: x509: malformed public key");
    } else {
        return std::unexpected("failed to extract a Key from the PEM certificate");
    }
    std::vector<VerificationKey> keys;
    keys.push_back(std::move(key));
    return keys;
}

SignatureAlgorithm signature_algorithm_of(std::string_view name) {
    if (name == "EdDSA") return {SignatureFamily::eddsa, 0};
    if (name.size() != 5) return {};
    const std::string_view digits = name.substr(2);
    const int bits = digits == "256" ? 256 : digits == "384" ? 384 : digits == "512" ? 512 : 0;
    if (bits == 0) return {};
    if (name.starts_with("HS")) return {SignatureFamily::hmac, bits};
    if (name.starts_with("RS")) return {SignatureFamily::rsa, bits};
    if (name.starts_with("PS")) return {SignatureFamily::rsa_pss, bits};
    return {name.starts_with("ES") ? SignatureFamily::ecdsa : SignatureFamily::none, bits};
}

std::string keyed_hash(int bits, std::string_view secret, std::string_view message) {
    std::string hash(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (HMAC(hash_of(bits), secret.data(), static_cast<int>(secret.size()), bytes_of(message), message.size(),
             reinterpret_cast<unsigned char*>(hash.data()), &size) == nullptr)
        return {};
    hash.resize(size);
    return hash;
}

bool is_signed_by(const VerificationKey& key, const SignatureAlgorithm& algorithm, std::string_view message,
                  std::string_view signature) {
    if (algorithm.family == SignatureFamily::none) return false;
    if (algorithm.family == SignatureFamily::hmac) {
        if (key.key || key.secret.empty()) return false;
        const std::string expected = keyed_hash(algorithm.bits, key.secret, message);
        return !expected.empty() && expected.size() == signature.size() &&
               CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
    }
    if (!key.key) return false;
    const int kind = EVP_PKEY_get_base_id(key.key.get());
    const bool rsa = algorithm.family == SignatureFamily::rsa || algorithm.family == SignatureFamily::rsa_pss;
    const int wanted = rsa                                          ? EVP_PKEY_RSA
                       : algorithm.family == SignatureFamily::ecdsa ? EVP_PKEY_EC
                                                                    : EVP_PKEY_ED25519;
    if (kind != wanted) return false;
    const std::string der = kind == EVP_PKEY_EC ? der_signature(signature) : std::string();
    const bool good = verify_with(key.key.get(), algorithm, message,
                                  kind == EVP_PKEY_EC ? std::string_view(der) : signature);
    ERR_clear_error();
    return good;
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/public_key.hpp"

#include <array>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace redoubt::tee {
namespace {

template <auto Function>
struct Free {
    template <class T>
    void operator()(T* value) const {
        Function(value);
    }
};
using Bignum = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Bignum number_of(std::string_view bytes) {
    return Bignum(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

const EVP_MD* method_of(Hash hash) {
    switch (hash) {
    case Hash::sha1: return EVP_sha1();
    case Hash::sha256: return EVP_sha256();
    case Hash::sha384: return EVP_sha384();
    case Hash::sha512: return EVP_sha512();
    }
    return nullptr;
}

Result<PublicKey> key_from(const char* algorithm, const Params& params) {
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
    EVP_PKEY* key = nullptr;
    const bool is_made = context && params && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                         EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
    ERR_clear_error();
    if (!is_made) return fail(Code::invalid_argument, "not a valid {} public key", algorithm);
    PublicKey made(key);
    const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, made.native(), nullptr));
    if (!check || EVP_PKEY_public_check(check.get()) != 1) {
        ERR_clear_error();
        return fail(Code::invalid_argument, "the {} public key is not sound", algorithm);
    }
    return made;
}

enum class Padding : std::uint8_t { none, pkcs1, pss };

Status verify(EVP_PKEY* key, Hash hash, Padding padding, std::string_view message,
              std::string_view signature) {
    const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;
    bool is_good =
        context && EVP_DigestVerifyInit(context.get(), &key_context, method_of(hash), nullptr, key) == 1;
    if (is_good && padding != Padding::none)
        is_good = EVP_PKEY_CTX_set_rsa_padding(key_context, padding == Padding::pss ? RSA_PKCS1_PSS_PADDING
                                                                                    : RSA_PKCS1_PADDING) == 1;
    if (is_good && padding == Padding::pss)
        is_good = EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1;
    if (!is_good) {
        ERR_clear_error();
        return fail(Code::invalid_argument, "the key does not fit the signature scheme");
    }
    const int verdict = EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                         bytes_of(message), message.size());
    ERR_clear_error();
    if (verdict != 1) return fail(Code::permission_denied, "the signature does not verify");
    return {};
}

} // namespace

PublicKey::PublicKey(evp_pkey_st* key) : key_(key, EVP_PKEY_free) {}

Result<PublicKey> PublicKey::parse(std::string_view bytes) {
    EVP_PKEY* key = nullptr;
    if (bytes.starts_with("-----BEGIN")) {
        const std::unique_ptr<BIO, Free<BIO_free_all>> bio(
            BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
        key = bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr;
    } else {
        const auto* at = bytes_of(bytes);
        key = d2i_PUBKEY(nullptr, &at, static_cast<long>(bytes.size()));
        if (key != nullptr && at != bytes_of(bytes) + bytes.size()) {
            EVP_PKEY_free(key);
            return fail(Code::invalid_argument, "bytes behind the public key");
        }
    }
    ERR_clear_error();
    if (key == nullptr) return fail(Code::invalid_argument, "not a public key (SubjectPublicKeyInfo)");
    return PublicKey(key);
}

Result<PublicKey> PublicKey::from_point(std::string_view curve, std::string_view x, std::string_view y) {
    const std::size_t size = curve == "P-256" ? 32 : 48;
    if ((curve != "P-256" && curve != "P-384") || x.size() > size || y.size() > size)
        return fail(Code::invalid_argument, "no curve {} with coordinates of {} and {} bytes", curve,
                    x.size(), y.size());
    const std::string point = "\x04" + std::string(size - x.size(), '\0') + std::string(x) +
                              std::string(size - y.size(), '\0') + std::string(y);
    const std::string group(curve); // the builder borrows both
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.c_str(), 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1)
        return fail(Code::internal, "describe an EC key: the cryptographic library failed");
    return key_from("EC", Params(OSSL_PARAM_BLD_to_param(builder.get())));
}

Result<PublicKey> PublicKey::from_rsa(std::string_view modulus, std::string_view exponent) {
    if (modulus.size() < 256 || modulus.size() > 1024 || exponent.empty() || exponent.size() > 8)
        return fail(Code::invalid_argument, "an RSA key with {} and {} bytes", modulus.size(),
                    exponent.size());
    const auto n = number_of(modulus);
    const auto e = number_of(exponent);
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!builder || !n || !e || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
        return fail(Code::internal, "describe an RSA key: the cryptographic library failed");
    return key_from("RSA", Params(OSSL_PARAM_BLD_to_param(builder.get())));
}

std::string PublicKey::kind() const {
    if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) return std::format("RSA-{}", EVP_PKEY_get_bits(key_.get()));
    std::array<char, 64> group{};
    std::size_t size = 0;
    if (EVP_PKEY_is_a(key_.get(), "EC") != 1 ||
        EVP_PKEY_get_group_name(key_.get(), group.data(), group.size(), &size) != 1)
        return "other";
    const std::string_view name(group.data(), size);
    if (name == "prime256v1" || name == "P-256") return "P-256";
    return name == "secp384r1" || name == "P-384" ? "P-384" : "other";
}

std::string PublicKey::spki() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    if (size <= 0) return {};
    std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

Status PublicKey::verify_ecdsa(Hash hash, std::string_view message, std::string_view r,
                               std::string_view s) const {
    if (EVP_PKEY_is_a(key_.get(), "EC") != 1)
        return fail(Code::invalid_argument, "an EC key is needed, not {}", kind());
    const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
    BIGNUM* r_number = number_of(r).release(); // the pair takes both
    BIGNUM* s_number = number_of(s).release();
    if (!pair || r_number == nullptr || s_number == nullptr ||
        ECDSA_SIG_set0(pair.get(), r_number, s_number) != 1) {
        BN_free(r_number);
        BN_free(s_number);
        return fail(Code::internal, "read a signature: the cryptographic library failed");
    }
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    if (size <= 0) return fail(Code::internal, "read a signature: the cryptographic library failed");
    const std::string signature(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return verify(key_.get(), hash, Padding::none, message, signature);
}

Status PublicKey::verify_rsassa(Hash hash, std::string_view message, std::string_view signature) const {
    if (EVP_PKEY_is_a(key_.get(), "RSA") != 1)
        return fail(Code::invalid_argument, "an RSA key is needed, not {}", kind());
    return verify(key_.get(), hash, Padding::pkcs1, message, signature);
}

Status PublicKey::verify_rsapss(Hash hash, std::string_view message, std::string_view signature) const {
    if (EVP_PKEY_is_a(key_.get(), "RSA") != 1)
        return fail(Code::invalid_argument, "an RSA key is needed, not {}", kind());
    return verify(key_.get(), hash, Padding::pss, message, signature);
}

} // namespace redoubt::tee

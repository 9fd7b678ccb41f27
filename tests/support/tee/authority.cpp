// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/tee/authority.hpp"

#include <cstdlib>
#include <iostream>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace redoubt::tests {
namespace {

void require(bool is_good, const char* what) {
    if (is_good) return;
    std::cerr << "cannot make " << what << " for a test\n";
    std::abort();
}

/// Prepares a signing context: PSS with SHA-384 for RSA, SHA-256 for EC.
EVP_MD_CTX* signing_context(const Key& key) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* inner = nullptr;
    const bool is_rsa = EVP_PKEY_is_a(key.native(), "RSA") == 1;
    bool is_good =
        EVP_DigestSignInit(context, &inner, is_rsa ? EVP_sha384() : EVP_sha256(), nullptr, key.native()) == 1;
    if (is_good && is_rsa)
        is_good = EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) == 1 &&
                  EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, 48) == 1;
    require(is_good, "a signing context");
    return context;
}

void add_extension(X509* certificate, int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "an extension");
    X509_EXTENSION_free(extension);
}

void add_raw_extension(X509* certificate, const Extension& spec) {
    ASN1_OBJECT* object = OBJ_txt2obj(spec.oid.c_str(), 1);
    ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(spec.value.data()),
                          static_cast<int>(spec.value.size()));
    X509_EXTENSION* extension = X509_EXTENSION_create_by_OBJ(nullptr, object, 0, value);
    require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "an extension");
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

void set_name(X509_NAME* name, const CertificateSpec& spec) {
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(spec.organisation.c_str()), -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0);
}

} // namespace

Key::Key(evp_pkey_st* native) : native_(native, EVP_PKEY_free) {
    require(native != nullptr, "a key");
}

Key Key::rsa() {
    return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
}

Key Key::ec(const char* curve) {
    return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}

std::string Key::sign(tee::Hash hash, std::string_view message, std::size_t size) const {
    const EVP_MD* method = hash == tee::Hash::sha384 ? EVP_sha384() : EVP_sha256();
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    std::string signature(256, '\0');
    std::size_t length = signature.size();
    require(EVP_DigestSignInit(context, nullptr, method, nullptr, native()) == 1 &&
                EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length, bytes,
                               message.size()) == 1,
            "a signature");
    EVP_MD_CTX_free(context);
    const auto* at = reinterpret_cast<const unsigned char*>(signature.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(length));
    std::string fixed(2 * size, '\0');
    auto* out = reinterpret_cast<unsigned char*>(fixed.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, static_cast<int>(size));
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + size, static_cast<int>(size));
    ECDSA_SIG_free(pair);
    return fixed;
}

std::string Key::point() const {
    std::string text(200, '\0');
    std::size_t size = 0;
    require(EVP_PKEY_get_octet_string_param(native(), OSSL_PKEY_PARAM_PUB_KEY,
                                            reinterpret_cast<unsigned char*>(text.data()), text.size(),
                                            &size) == 1,
            "a point");
    return text.substr(1, size - 1);
}

Identity make_identity(const CertificateSpec& spec, Key key, const Identity* issuer) {
    X509* made = X509_new();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), spec.serial);
    ASN1_TIME_set_string_X509(X509_getm_notBefore(made), spec.not_before.c_str());
    ASN1_TIME_set_string_X509(X509_getm_notAfter(made), spec.not_after.c_str());
    set_name(X509_get_subject_name(made), spec);
    X509_set_issuer_name(made, issuer == nullptr ? X509_get_subject_name(made)
                                                 : X509_get_subject_name(issuer->certificate.native()));
    X509_set_pubkey(made, key.native());
    if (spec.is_authority) {
        add_extension(made, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(made, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    for (const auto& extension : spec.extensions) add_raw_extension(made, extension);
    EVP_MD_CTX* context = signing_context(issuer == nullptr ? key : issuer->key);
    require(X509_sign_ctx(made, context) > 0, "a certificate");
    EVP_MD_CTX_free(context);
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(made, &bytes);
    const std::string encoded(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    X509_free(made);
    auto certificate = tee::Certificate::parse(encoded);
    require(certificate.has_value(), "a certificate that parses");
    return {*std::move(certificate), std::move(key)};
}

tee::RevocationList make_list(const Identity& issuer, const std::vector<long>& serials,
                              const char* next_update) {
    X509_CRL* made = X509_CRL_new();
    X509_CRL_set_version(made, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(made, X509_get_subject_name(issuer.certificate.native()));
    ASN1_TIME* time = ASN1_TIME_new();
    ASN1_TIME_set_string_X509(time, "20250102000000Z");
    X509_CRL_set1_lastUpdate(made, time);
    for (const long serial : serials) {
        X509_REVOKED* entry = X509_REVOKED_new();
        ASN1_INTEGER* number = ASN1_INTEGER_new();
        ASN1_INTEGER_set(number, serial);
        X509_REVOKED_set_serialNumber(entry, number);
        X509_REVOKED_set_revocationDate(entry, time);
        X509_CRL_add0_revoked(made, entry);
        ASN1_INTEGER_free(number);
    }
    ASN1_TIME_set_string_X509(time, next_update);
    X509_CRL_set1_nextUpdate(made, time);
    ASN1_TIME_free(time);
    X509_CRL_sort(made);
    EVP_MD_CTX* context = signing_context(issuer.key);
    require(X509_CRL_sign_ctx(made, context) > 0, "a revocation list");
    EVP_MD_CTX_free(context);
    unsigned char* bytes = nullptr;
    const int size = i2d_X509_CRL(made, &bytes);
    const std::string encoded(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    X509_CRL_free(made);
    auto list = tee::RevocationList::parse(encoded);
    require(list.has_value(), "a revocation list that parses");
    return *std::move(list);
}

std::string der(unsigned char tag, std::string_view content) {
    std::string out(1, static_cast<char>(tag));
    if (content.size() >= 0x100) {
        out += '\x82';
        out += static_cast<char>(content.size() >> 8U);
    } else if (content.size() >= 0x80) {
        out += '\x81';
    }
    out += static_cast<char>(content.size() & 0xFFU);
    return out + std::string(content);
}

std::string der_number(unsigned value) {
    std::string content;
    if (value > 0x7FFF) content += static_cast<char>(value >> 16U);
    if (value > 0x7F) content += static_cast<char>(value >> 8U & 0xFFU);
    content += static_cast<char>(value & 0xFFU);
    return der(0x02, content);
}

} // namespace redoubt::tests

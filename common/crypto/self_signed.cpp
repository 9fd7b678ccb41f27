// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/self_signed.hpp"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

#include "common/crypto/secret.hpp"

namespace redoubt::crypto {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

bool set_serial(X509* certificate) {
    const auto bytes = random_bytes(16);
    if (!bytes) return false;
    std::string number = *bytes;
    number[0] = static_cast<char>(number[0] & 0x7F); // positive
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> serial(
        BN_bin2bn(reinterpret_cast<const unsigned char*>(number.data()), static_cast<int>(number.size()),
                  nullptr),
        &BN_free);
    return serial && BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_names(X509* certificate, const std::string& common_name) {
    X509_NAME* name = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(common_name.data()),
                                      static_cast<int>(common_name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

bool add_extension(X509* certificate, int id, const char* value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, id, value), &X509_EXTENSION_free);
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_times(X509* certificate, std::chrono::sys_seconds from, std::chrono::days lifetime) {
    const auto begin = static_cast<time_t>(from.time_since_epoch().count());
    const auto end = static_cast<time_t>((from + lifetime).time_since_epoch().count());
    return ASN1_TIME_set(X509_getm_notBefore(certificate), begin) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), end) != nullptr;
}

} // namespace

Result<std::string> make_self_signed(const PrivateKey& key, const std::string& common_name,
                                     std::chrono::sys_seconds from, std::chrono::days lifetime) {
    const Certificate certificate(X509_new(), &X509_free);
    const bool is_good =
        certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
        set_serial(certificate.get()) && set_names(certificate.get(), common_name) &&
        set_times(certificate.get(), from, lifetime) &&
        X509_set_pubkey(certificate.get(), key.native()) == 1 &&
        add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
        add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature,keyCertSign") &&
        add_extension(certificate.get(), NID_subject_key_identifier, "hash") &&
        X509_sign(certificate.get(), key.native(), EVP_sha256()) > 0;
    if (!is_good) return fail(Code::internal, "cannot make a certificate for {}", common_name);
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    if (size <= 0) return fail(Code::internal, "cannot write a certificate");
    std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return text;
}

} // namespace redoubt::crypto

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/certificate_maker.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "common/tee/evidence/chain.hpp"

namespace redoubt::services::simtee {
namespace {

constexpr int k_pss_salt = 48; // SHA-384's size, as AMD's certificates have it

template <auto Free>
struct FreeBy {
    template <class T>
    void operator()(T* made) const {
        Free(made);
    }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeBy<Free>>;
using OwnedCertificate = Owned<X509, X509_free>;
using OwnedList = Owned<X509_CRL, X509_CRL_free>;
using OwnedContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using OwnedTime = Owned<ASN1_TIME, ASN1_TIME_free>;
using OwnedBio = Owned<BIO, BIO_free_all>;

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Status check(bool is_good, std::string_view what, std::string_view of) {
    if (is_good) return {};
    return fail(Code::internal, "make {} of {}", what, of);
}

/// PSS with SHA-384 for RSA, SHA-256 for EC.
Result<OwnedContext> signing_context(const crypto::PrivateKey& key) {
    OwnedContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* inner = nullptr;
    const bool is_rsa = EVP_PKEY_is_a(key.native(), "RSA") == 1;
    const auto* method = is_rsa ? EVP_sha384() : EVP_sha256();
    bool is_good = context && EVP_DigestSignInit(context.get(), &inner, method, nullptr, key.native()) == 1;
    if (is_good && is_rsa)
        is_good = EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) == 1 &&
                  EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, k_pss_salt) == 1;
    if (!is_good) return fail(Code::internal, "prepare a signature");
    return context;
}

bool add_named_extension(X509* certificate, int nid, const char* value) {
    const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_raw_extension(X509* certificate, const Extension& spec) {
    const Owned<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(spec.oid.c_str(), 1));
    const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
    if (!object || !value ||
        ASN1_OCTET_STRING_set(value.get(), raw(spec.value), static_cast<int>(spec.value.size())) != 1)
        return false;
    const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, value.get()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_extensions(X509* certificate, const CertificateSpec& spec) {
    if (spec.is_authority &&
        (!add_named_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") ||
         !add_named_extension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign")))
        return false;
    for (const auto& extension : spec.extensions)
        if (!add_raw_extension(certificate, extension)) return false;
    return add_raw_extension(certificate, {k_simulation_oid, der(V_ASN1_UTF8STRING, "simulation")});
}

bool add_name_part(X509_NAME* name, const char* part, std::string_view text) {
    return X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, raw(text), static_cast<int>(text.size()), -1,
                                      0) == 1;
}

bool set_time(ASN1_TIME* place, tee::Time time) {
    return ASN1_TIME_set(place, std::chrono::system_clock::to_time_t(time)) != nullptr;
}

Status fill(X509* made, const CertificateSpec& spec, const crypto::PrivateKey& key, const Identity* issuer) {
    auto* subject = X509_get_subject_name(made);
    RDT_CHECK(check(add_name_part(subject, "O", tee::k_simulation_mark) &&
                        add_name_part(subject, "CN", spec.common_name),
                    "the name", spec.common_name));
    const auto* authority = issuer == nullptr ? subject : X509_get_subject_name(issuer->certificate.native());
    RDT_CHECK(check(X509_set_version(made, X509_VERSION_3) == 1 &&
                        ASN1_INTEGER_set(X509_get_serialNumber(made), spec.serial) == 1 &&
                        set_time(X509_getm_notBefore(made), spec.validity.from) &&
                        set_time(X509_getm_notAfter(made), spec.validity.until) &&
                        X509_set_issuer_name(made, authority) == 1 &&
                        X509_set_pubkey(made, key.native()) == 1,
                    "the certificate", spec.common_name));
    return check(add_extensions(made, spec), "an extension", spec.common_name);
}

/// What i2d gives, as a string.
template <class T, class Encode>
std::string encoded(T* made, Encode encode) {
    unsigned char* bytes = nullptr;
    const int size = encode(made, &bytes);
    std::string text;
    if (size > 0) text.assign(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return text;
}

bool add_revoked(X509_CRL* list, long serial, const ASN1_TIME* since) {
    Owned<X509_REVOKED, X509_REVOKED_free> entry(X509_REVOKED_new());
    const Owned<ASN1_INTEGER, ASN1_INTEGER_free> number(ASN1_INTEGER_new());
    if (!entry || !number || ASN1_INTEGER_set(number.get(), serial) != 1 ||
        X509_REVOKED_set_serialNumber(entry.get(), number.get()) != 1 ||
        X509_REVOKED_set_revocationDate(entry.get(), const_cast<ASN1_TIME*>(since)) != 1 ||
        X509_CRL_add0_revoked(list, entry.get()) != 1)
        return false;
    [[maybe_unused]] const auto* given = entry.release(); // it is the list's now
    return true;
}

} // namespace

Result<Identity> make_identity(const CertificateSpec& spec, crypto::PrivateKey key, const Identity* issuer) {
    const OwnedCertificate made(X509_new());
    RDT_CHECK(check(made != nullptr, "a certificate", spec.common_name));
    RDT_CHECK(fill(made.get(), spec, key, issuer));
    RDT_TRY(const auto context, signing_context(issuer == nullptr ? key : issuer->key));
    RDT_CHECK(check(X509_sign_ctx(made.get(), context.get()) > 0, "the signature", spec.common_name));
    RDT_TRY(auto certificate, tee::Certificate::parse(encoded(made.get(), i2d_X509)));
    return Identity{std::move(certificate), std::move(key)};
}

Result<std::string> make_revocation_list(const Identity& issuer, const std::vector<long>& serials,
                                         Validity validity) {
    const auto name = issuer.certificate.common_name();
    const OwnedList made(X509_CRL_new());
    const OwnedTime from(ASN1_TIME_new());
    const OwnedTime until(ASN1_TIME_new());
    RDT_CHECK(check(
        made && from && until && set_time(from.get(), validity.from) &&
            set_time(until.get(), validity.until) &&
            X509_CRL_set_version(made.get(), X509_CRL_VERSION_2) == 1 &&
            X509_CRL_set_issuer_name(made.get(), X509_get_subject_name(issuer.certificate.native())) == 1 &&
            X509_CRL_set1_lastUpdate(made.get(), from.get()) == 1 &&
            X509_CRL_set1_nextUpdate(made.get(), until.get()) == 1,
        "the revocation list", name));
    for (const long serial : serials)
        RDT_CHECK(check(add_revoked(made.get(), serial, from.get()), "an entry of the list", name));
    X509_CRL_sort(made.get());
    RDT_TRY(const auto context, signing_context(issuer.key));
    RDT_CHECK(check(X509_CRL_sign_ctx(made.get(), context.get()) > 0, "the list's signature", name));
    return encoded(made.get(), i2d_X509_CRL);
}

Result<std::string> pem_of(const tee::Certificate& certificate) {
    const OwnedBio bio(BIO_new(BIO_s_mem()));
    RDT_CHECK(check(bio && PEM_write_bio_X509(bio.get(), certificate.native()) == 1, "the PEM form",
                    certificate.common_name()));
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
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
    return der(V_ASN1_INTEGER, content);
}

} // namespace redoubt::services::simtee

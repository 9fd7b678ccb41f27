// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/certificate.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace redoubt::tee {
namespace {

constexpr std::size_t k_max_certificate = 64U << 10U;
constexpr std::size_t k_max_bundle = 1U << 20U;
constexpr std::size_t k_max_certificates = 32;

template <auto Function>
struct Free {
    template <class T>
    void operator()(T* value) const {
        Function(value);
    }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using AsnObject = std::unique_ptr<ASN1_OBJECT, Free<ASN1_OBJECT_free>>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Bio memory_of(std::string_view text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Time time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return Time::min();
    return std::chrono::sys_days(std::chrono::year(parts.tm_year + 1900) / (parts.tm_mon + 1) /
                                 parts.tm_mday) +
           std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
           std::chrono::seconds(parts.tm_sec);
}

std::string render_name(const X509_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
        return {};
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string name_part(const X509_NAME* name, int nid) {
    const int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0) return {};
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0) return {};
    std::string value(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    return value;
}

std::string oid_of(const ASN1_OBJECT* object) {
    std::array<char, 128> text{};
    OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
    return text.data();
}

// RFC 5280's, as far as their meaning is checked here or in chain.cpp.
bool is_understood(int nid) {
    return nid == NID_basic_constraints || nid == NID_key_usage || nid == NID_ext_key_usage ||
           nid == NID_subject_alt_name || nid == NID_certificate_policies;
}

/// What OpenSSL leaves for later: whether there is a key, on a curve that has a name (RFC 5480, 2.1.1), and
/// whether the extensions can be read.
bool is_well_formed(X509* certificate) {
    EVP_PKEY* const key = X509_get0_pubkey(certificate);
    int has_curve_of_its_own = 0;
    if (key != nullptr)
        EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &has_curve_of_its_own);
    const bool is_readable = (X509_get_extension_flags(certificate) & EXFLAG_INVALID) == 0;
    ERR_clear_error();
    return key != nullptr && has_curve_of_its_own == 0 && is_readable;
}

} // namespace

std::string render_time(Time time) {
    return std::format("{:%Y-%m-%dT%H:%M:%SZ}", time);
}

Result<Time> parse_time(std::string_view text) {
    std::array<unsigned, 6> parts{0, 0, 0, 0, 0, 0};
    static constexpr std::string_view k_full = "dddd-dd-ddTdd:dd:ddZ";
    const bool is_length = text.size() == 10 || text.size() == k_full.size();
    std::size_t part = 0;
    for (std::size_t i = 0; is_length && i < text.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (is_digit != (k_full[i] == 'd') || (!is_digit && text[i] != k_full[i])) part = 99;
        if (part == 99) break;
        if (is_digit)
            parts.at(part) = parts.at(part) * 10 + static_cast<unsigned>(text[i] - '0');
        else if (k_full[i] != 'Z')
            ++part;
    }
    const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(parts[0])),
                                          std::chrono::month(parts[1]), std::chrono::day(parts[2]));
    if (!is_length || part == 99 || !day.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 59)
        return fail(Code::invalid_argument, "'{}' is not a time like 2026-01-31T08:00:00Z or 2026-01-31",
                    text.substr(0, 40));
    return std::chrono::sys_days(day) + std::chrono::hours(parts[3]) + std::chrono::minutes(parts[4]) +
           std::chrono::seconds(parts[5]);
}

Certificate::Certificate(x509_st* native) : native_(native, X509_free) {}

Result<Certificate> Certificate::parse(std::string_view bytes) {
    if (bytes.size() > k_max_certificate)
        return fail(Code::resource_exhausted, "a certificate of {} bytes", bytes.size());
    if (bytes.contains("-----BEGIN")) {
        RDT_TRY(auto all, parse_all(bytes));
        if (all.size() != 1)
            return fail(Code::invalid_argument, "{} certificates where one belongs", all.size());
        return std::move(all.front());
    }
    const auto* at = bytes_of(bytes);
    X509* native = d2i_X509(nullptr, &at, static_cast<long>(bytes.size()));
    ERR_clear_error();
    if (native == nullptr) return fail(Code::invalid_argument, "not an X.509 certificate in DER or PEM");
    Certificate made(native);
    // Trailing zeros are C strings' and fixed buffers'; anything else hides something.
    const auto rest = bytes.substr(static_cast<std::size_t>(at - bytes_of(bytes)));
    if (!is_zero(rest)) return fail(Code::invalid_argument, "{} bytes behind the certificate", rest.size());
    if (!is_well_formed(native))
        return fail(Code::invalid_argument, "the certificate's key or extensions are malformed");
    return made;
}

Result<std::vector<Certificate>> Certificate::parse_all(std::string_view bytes) {
    if (bytes.size() > k_max_bundle)
        return fail(Code::resource_exhausted, "{} bytes of certificates", bytes.size());
    std::vector<Certificate> all;
    if (!bytes.contains("-----BEGIN")) {
        RDT_TRY(auto only, parse(bytes));
        all.push_back(std::move(only));
        return all;
    }
    const auto bio = memory_of(bytes);
    while (X509* native = bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr) {
        all.push_back(Certificate(native));
        if (!is_well_formed(native))
            return fail(Code::invalid_argument, "certificate {}: key or extensions are malformed",
                        all.size());
        if (all.size() > k_max_certificates)
            return fail(Code::resource_exhausted, "more than {} certificates", k_max_certificates);
    }
    const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!is_end || all.empty())
        return fail(Code::invalid_argument, "PEM certificate {}: malformed", all.size() + 1);
    return all;
}

std::string Certificate::subject() const {
    return render_name(X509_get_subject_name(native_.get()));
}
std::string Certificate::issuer() const {
    return render_name(X509_get_issuer_name(native_.get()));
}
std::string Certificate::common_name() const {
    return name_part(X509_get_subject_name(native_.get()), NID_commonName);
}
std::string Certificate::organisation() const {
    return name_part(X509_get_subject_name(native_.get()), NID_organizationName);
}

std::string Certificate::serial() const {
    const std::unique_ptr<BIGNUM, Free<BN_free>> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(native_.get()), nullptr));
    char* hex = number ? BN_bn2hex(number.get()) : nullptr;
    std::string text = hex == nullptr ? "" : hex;
    OPENSSL_free(hex);
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    return text;
}

Time Certificate::not_before() const {
    return time_of(X509_get0_notBefore(native_.get()));
}
Time Certificate::not_after() const {
    return time_of(X509_get0_notAfter(native_.get()));
}

std::string Certificate::der() const {
    unsigned char* der = nullptr;
    const int size = i2d_X509(native_.get(), &der);
    if (size <= 0) return {};
    std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

PublicKey Certificate::public_key() const {
    EVP_PKEY* key = X509_get0_pubkey(native_.get());
    EVP_PKEY_up_ref(key);
    return PublicKey(key);
}

SignatureScheme Certificate::scheme() const {
    int hash = NID_undef;
    int key = NID_undef;
    if (X509_get_signature_info(native_.get(), &hash, &key, nullptr, nullptr) != 1) return {"other", ""};
    std::string kind = "other";
    if (key == NID_rsassaPss) kind = "RSA-PSS";
    if (key == NID_rsaEncryption) kind = "RSA";
    if (key == NID_X9_62_id_ecPublicKey) kind = "ECDSA";
    const char* hash_name = OBJ_nid2sn(hash);
    return {kind, hash_name == nullptr ? "" : hash_name};
}

bool Certificate::is_self_issued() const {
    return X509_NAME_cmp(X509_get_subject_name(native_.get()), X509_get_issuer_name(native_.get())) == 0;
}

bool Certificate::is_authority() const {
    return X509_check_ca(native_.get()) == 1 && (X509_get_key_usage(native_.get()) & KU_KEY_CERT_SIGN) != 0;
}

std::optional<long> Certificate::path_length() const {
    const long length = X509_get_pathlen(native_.get());
    return length < 0 ? std::nullopt : std::optional(length);
}

bool Certificate::has_unknown_critical(const std::vector<std::string>& handled) const {
    for (int i = 0; i < X509_get_ext_count(native_.get()); ++i) {
        X509_EXTENSION* extension = X509_get_ext(native_.get(), i);
        ASN1_OBJECT* object = X509_EXTENSION_get_object(extension);
        if (X509_EXTENSION_get_critical(extension) == 1 && !is_understood(OBJ_obj2nid(object)) &&
            !std::ranges::contains(handled, oid_of(object)))
            return true;
    }
    return false;
}

bool Certificate::is_issued_by_name_of(const Certificate& authority) const {
    return X509_NAME_cmp(X509_get_issuer_name(native_.get()), X509_get_subject_name(authority.native())) == 0;
}

Status Certificate::verify_signature(const Certificate& authority) const {
    const int verdict = X509_verify(native_.get(), X509_get0_pubkey(authority.native()));
    ERR_clear_error();
    if (verdict != 1) return fail(Code::permission_denied, "the certificate's signature does not verify");
    return {};
}

Result<std::optional<std::string>> Certificate::extension(const std::string& oid) const {
    const AsnObject object(OBJ_txt2obj(oid.c_str(), 1));
    if (!object) return fail(Code::invalid_argument, "'{}' is not an OID", oid);
    const int at = X509_get_ext_by_OBJ(native_.get(), object.get(), -1);
    if (at < 0) return std::optional<std::string>();
    if (X509_get_ext_by_OBJ(native_.get(), object.get(), at) >= 0)
        return fail(Code::invalid_argument, "the extension {} is there twice", oid);
    const auto* value = X509_EXTENSION_get_data(X509_get_ext(native_.get(), at));
    return std::optional(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                     static_cast<std::size_t>(ASN1_STRING_length(value))));
}

std::vector<std::string> Certificate::extension_oids() const {
    std::vector<std::string> oids;
    oids.reserve(static_cast<std::size_t>(std::max(0, X509_get_ext_count(native_.get()))));
    for (int i = 0; i < X509_get_ext_count(native_.get()); ++i)
        oids.push_back(oid_of(X509_EXTENSION_get_object(X509_get_ext(native_.get(), i))));
    return oids;
}

} // namespace redoubt::tee

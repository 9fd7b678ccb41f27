// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/encoding/hex.hpp"

namespace redoubt::tee {
namespace {

constexpr std::size_t k_max_list = 8U << 20U;

Result<Time> time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1)
        return fail(Code::invalid_argument, "a revocation list without a readable time");
    return std::chrono::sys_days(std::chrono::year(parts.tm_year + 1900) / (parts.tm_mon + 1) /
                                 parts.tm_mday) +
           std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
           std::chrono::seconds(parts.tm_sec);
}

X509_CRL* read_pem(std::string_view bytes) {
    BIO* bio = BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()));
    X509_CRL* list = bio == nullptr ? nullptr : PEM_read_bio_X509_CRL(bio, nullptr, nullptr, nullptr);
    BIO_free_all(bio);
    return list;
}

} // namespace

RevocationList::RevocationList(X509_crl_st* native) : native_(native, X509_CRL_free) {}

Result<RevocationList> RevocationList::parse(std::string_view bytes) {
    if (bytes.size() > k_max_list)
        return fail(Code::resource_exhausted, "a revocation list of {} bytes", bytes.size());
    std::string decoded;
    if (bytes.starts_with("30") ||
        bytes.starts_with("\"30")) { // hex text of a SEQUENCE, as some services store it
        auto text = bytes;
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == '"'))
            text.remove_suffix(1);
        if (text.starts_with('"')) text.remove_prefix(1);
        RDT_TRY(decoded, encoding::from_hex(text));
        bytes = decoded;
    }
    X509_CRL* native = nullptr;
    if (bytes.starts_with("-----BEGIN")) {
        native = read_pem(bytes);
    } else {
        const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
        native = d2i_X509_CRL(nullptr, &at, static_cast<long>(bytes.size()));
    }
    ERR_clear_error();
    if (native == nullptr) return fail(Code::invalid_argument, "not a certificate revocation list");
    RevocationList made(native);
    RDT_CHECK(time_of(X509_CRL_get0_lastUpdate(native)).transform([](Time) {}));
    return made;
}

std::string RevocationList::issuer() const {
    char* text = X509_NAME_oneline(X509_CRL_get_issuer(native_.get()), nullptr, 0);
    std::string name = text == nullptr ? "" : text;
    OPENSSL_free(text);
    return name;
}

Time RevocationList::this_update() const {
    return time_of(X509_CRL_get0_lastUpdate(native_.get())).value_or(Time::max());
}

std::optional<Time> RevocationList::next_update() const {
    const auto time = time_of(X509_CRL_get0_nextUpdate(native_.get()));
    return time ? std::optional(*time) : std::nullopt;
}

bool RevocationList::is_issued_by_name_of(const Certificate& authority) const {
    return X509_NAME_cmp(X509_CRL_get_issuer(native_.get()), X509_get_subject_name(authority.native())) == 0;
}

Status RevocationList::verify_signature(const Certificate& authority) const {
    const int verdict = X509_CRL_verify(native_.get(), X509_get0_pubkey(authority.native()));
    ERR_clear_error();
    if (verdict != 1) return fail(Code::permission_denied, "the revocation list's signature does not verify");
    return {};
}

bool RevocationList::has(const Certificate& certificate) const {
    X509_REVOKED* entry = nullptr;
    return X509_CRL_get0_by_serial(native_.get(), &entry, X509_get0_serialNumber(certificate.native())) != 0;
}

std::optional<std::string> RevocationList::number() const {
    const std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)> value(
        static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(native_.get(), NID_crl_number, nullptr, nullptr)),
        &ASN1_INTEGER_free);
    ERR_clear_error();
    if (value == nullptr || ASN1_STRING_type(value.get()) == V_ASN1_NEG_INTEGER) return std::nullopt;
    std::string_view bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value.get())),
                           static_cast<std::size_t>(ASN1_STRING_length(value.get())));
    while (bytes.starts_with('\0')) bytes.remove_prefix(1);
    return encoding::to_hex(bytes);
}

std::string RevocationList::der() const {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509_CRL(native_.get(), &bytes);
    if (size <= 0) return {};
    std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return text;
}

bool RevocationList::has_unknown_critical() const {
    for (int i = 0; i < X509_CRL_get_ext_count(native_.get()); ++i)
        if (X509_EXTENSION_get_critical(X509_CRL_get_ext(native_.get(), i)) == 1) return true;
    return false;
}

} // namespace redoubt::tee

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cctype>
#include <memory>

#include "common/crypto/keys.hpp"

namespace redoubt::crypto {
namespace {

constexpr std::size_t k_largest = 64U << 10U;

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

Result<Certificate> parse(std::string_view bytes) {
    if (bytes.size() > k_largest)
        return fail(Code::invalid_argument, "a certificate: longer than {} bytes", k_largest);
    Certificate certificate(nullptr, &X509_free);
    if (bytes.starts_with('\x30')) {
        const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
        const auto* end = at + bytes.size();
        certificate.reset(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
        if (at != end) certificate.reset();
    } else {
        const Bio source(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), &BIO_free_all);
        if (source == nullptr) return fail(Code::internal, "read a certificate");
        certificate.reset(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    }
    if (certificate == nullptr)
        return fail(Code::invalid_argument, "a certificate: neither one in PEM form nor DER");
    return certificate;
}

Result<std::string> pem_of(X509& certificate) {
    const Bio sink(BIO_new(BIO_s_mem()), &BIO_free_all);
    if (sink == nullptr || PEM_write_bio_X509(sink.get(), &certificate) != 1)
        return fail(Code::internal, "write a certificate");
    char* text = nullptr;
    const long size = BIO_get_mem_data(sink.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

Result<Digest> fingerprint_of(X509& certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(&certificate, &der);
    if (size <= 0) return fail(Code::internal, "write a certificate");
    auto digest = digest_of({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return digest;
}

std::string common_name_of(X509& certificate) {
    const X509_NAME* name = X509_get_subject_name(&certificate);
    const int place = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (place < 0) return {};
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, place)));
    if (size < 0) return {};
    std::string copy(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    return copy;
}

} // namespace

Result<CertificateFacts> read_certificate(x509_st& certificate) {
    RDT_TRY(auto fingerprint, fingerprint_of(certificate));
    RDT_TRY(auto pem, pem_of(certificate));
    return CertificateFacts{std::move(fingerprint), common_name_of(certificate), std::move(pem)};
}

Result<CertificateFacts> read_certificate(std::string_view bytes) {
    RDT_TRY(const auto certificate, parse(bytes));
    return read_certificate(*certificate);
}

Result<Digest> parse_fingerprint(std::string_view text) {
    constexpr std::string_view k_prefix = "sha256:";
    const auto whole = text;
    auto starts = [&text, k_prefix] {
        if (text.size() < k_prefix.size()) return false;
        for (std::size_t at = 0; at < k_prefix.size(); ++at)
            if (std::tolower(static_cast<unsigned char>(text[at])) != k_prefix[at]) return false;
        return true;
    };
    if (starts()) text.remove_prefix(k_prefix.size());
    std::string hex(k_prefix);
    for (const char letter : text) {
        if (letter == ':' || letter == ' ') continue;
        hex += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    auto digest = Digest::parse(hex);
    if (!digest)
        return fail(Code::invalid_argument, "'{}' is no fingerprint: sha256:, and 64 hexadecimal digits",
                    whole.substr(0, 100));
    return digest;
}

Status check_pair(std::string_view certificate_pem, std::string_view key_pem) {
    RDT_TRY(const auto certificate, parse(certificate_pem));
    RDT_TRY(const auto key, PrivateKey::parse_pem(key_pem));
    if (X509_check_private_key(certificate.get(), key.native()) != 1)
        return fail(Code::invalid_argument, "the certificate is of another key");
    return {};
}

} // namespace redoubt::crypto

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/tls_channel.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace redoubt::guest::key_release {
namespace {

constexpr std::size_t k_piece = 16384;
constexpr std::size_t k_max_pins = 16;
/// '?': unknown to OpenSSL before 3.5.
constexpr auto k_groups = "?X25519MLKEM768:X25519:secp256r1:secp384r1";

struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::string openssl_text() {
    std::array<char, 256> text{};
    const auto code = ERR_get_error();
    if (code == 0) return "no reason given";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

Result<std::vector<Owned<X509>>> read_certificates(const std::string& pem) {
    const Owned<BIO> text(BIO_new_mem_buf(
        pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), std::numeric_limits<int>::max()))));
    std::vector<Owned<X509>> certificates;
    while (certificates.size() < k_max_pins) {
        Owned<X509> next(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
        if (!next) break;
        certificates.push_back(std::move(next));
    }
    const auto reason = ERR_GET_REASON(ERR_peek_last_error());
    ERR_clear_error();
    if (certificates.empty() || (certificates.size() < k_max_pins && reason != PEM_R_NO_START_LINE))
        return fail(Code::invalid_argument, "pinned certificates: number {} is none in PEM form",
                    certificates.size() + 1);
    return certificates;
}

/// In the place of OpenSSL's own: a pinned key is enough, else the chain has to lead to a pinned certificate.
int verify(X509_STORE_CTX* chain, void* trust) {
    if (static_cast<const PinnedTrust*>(trust)->is_pinned(X509_STORE_CTX_get0_cert(chain))) {
        X509_STORE_CTX_set_error(chain, X509_V_OK);
        return 1;
    }
    return X509_verify_cert(chain);
}

bool is_address(const std::string& host) {
    ASN1_OCTET_STRING* const bytes = a2i_IPADDRESS(host.c_str());
    ASN1_OCTET_STRING_free(bytes);
    return bytes != nullptr;
}

bool name_host(SSL* tls, const std::string& host) {
    auto* const parameters = SSL_get0_param(tls);
    if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // SSL_set_tlsext_host_name is this call behind a C cast.
    return SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(host.c_str())) == 1 && // NOLINT: it is copied
           X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1;
}

} // namespace

struct PinnedTrust::Parts {
    Owned<SSL_CTX> context;
    std::vector<Owned<X509>> pins;
};

PinnedTrust::PinnedTrust(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PinnedTrust::~PinnedTrust() = default;

Result<std::unique_ptr<PinnedTrust>> PinnedTrust::make(const std::string& pem) {
    auto parts = std::make_unique<Parts>();
    RDT_TRY(parts->pins, read_certificates(pem));
    parts->context.reset(SSL_CTX_new(TLS_client_method()));
    auto* const context = parts->context.get();
    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1)
        return fail(Code::internal, "set up TLS: {}", openssl_text());
    // A share of the first alone is sent: making one of each costs an emulated guest milliseconds. A broker
    // that does not know it asks for another.
    if (SSL_CTX_set1_groups_list(context, k_groups) != 1)
        return fail(Code::internal, "set up TLS: {}", openssl_text());
    auto* const store = SSL_CTX_get_cert_store(context);
    for (const auto& pin : parts->pins)
        if (X509_STORE_add_cert(store, pin.get()) != 1)
            return fail(Code::internal, "set up TLS: {}", openssl_text());
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
    std::unique_ptr<PinnedTrust> trust(new PinnedTrust(std::move(parts)));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, verify, trust.get());
    return trust;
}

bool PinnedTrust::is_pinned(X509* certificate) const {
    const auto* const key = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
    return key != nullptr && std::ranges::any_of(parts_->pins, [&](const Owned<X509>& pin) {
               const auto* const pinned = X509_get0_pubkey(pin.get());
               return pinned != nullptr && EVP_PKEY_eq(pinned, key) == 1;
           });
}

SSL_CTX* PinnedTrust::native() const {
    return parts_->context.get();
}

TlsChannel::TlsChannel(std::unique_ptr<ttrpc::ByteStream> below, SSL* tls)
    : below_(std::move(below)), tls_(tls) {}
TlsChannel::~TlsChannel() {
    SSL_free(tls_);
}

Task<std::unique_ptr<TlsChannel>> TlsChannel::connect(std::unique_ptr<ttrpc::ByteStream> below,
                                                      const PinnedTrust& trust, std::string host) {
    ERR_clear_error();
    SSL* const tls = SSL_new(trust.native());
    if (tls == nullptr) co_return fail(Code::internal, "set up TLS: {}", openssl_text());
    std::unique_ptr<TlsChannel> channel(new TlsChannel(std::move(below), tls));
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    if (in == nullptr || out == nullptr) {
        BIO_free(in);
        BIO_free(out);
        co_return fail(Code::resource_exhausted, "set up TLS: no memory");
    }
    SSL_set_bio(tls, in, out); // owns both from here on
    BIO_set_mem_eof_return(in, -1);
    if (!name_host(tls, host)) co_return fail(Code::invalid_argument, "'{}' is no name of a host", host);
    SSL_set_connect_state(tls);
    RDT_CO_CHECK((co_await channel->shake_hands()).transform_error(context("TLS with {}", host)));
    co_return channel;
}

Task<void> TlsChannel::shake_hands() {
    while (true) {
        ERR_clear_error();
        const int outcome = SSL_do_handshake(tls_);
        const auto verdict = SSL_get_verify_result(tls_);
        if (outcome == 1) co_return co_await flush();
        if (verdict != X509_V_OK) {
            std::ignore = co_await flush(); // the alert, so that the broker's log says why
            co_return fail(Code::failed_precondition, "the certificate is none that initdata pins: {}",
                           X509_verify_cert_error_string(verdict));
        }
        RDT_CO_CHECK(co_await settle(outcome, "handshake"));
    }
}

/// Does what OpenSSL waits for.
Task<void> TlsChannel::settle(int outcome, const char* step) {
    const int wanted = SSL_get_error(tls_, outcome);
    const auto why = wanted == SSL_ERROR_SSL ? openssl_text() : std::string("the connection is over");
    RDT_CO_CHECK(co_await flush());
    if (wanted == SSL_ERROR_WANT_WRITE) co_return Status{};
    if (wanted == SSL_ERROR_WANT_READ) co_return co_await fill();
    co_return fail(Code::unavailable, "{}: {}", step, why);
}

Task<void> TlsChannel::flush() {
    BIO* const out = SSL_get_wbio(tls_);
    const auto pending = BIO_ctrl_pending(out);
    if (pending == 0) co_return Status{};
    std::string bytes(pending, '\0');
    std::size_t size = 0;
    if (BIO_read_ex(out, bytes.data(), bytes.size(), &size) != 1)
        co_return fail(Code::internal, "take what TLS has to send");
    bytes.resize(size);
    co_return co_await below_->write(std::move(bytes));
}

Task<void> TlsChannel::fill() {
    std::array<char, k_piece> buffer{};
    RDT_CO_TRY(const auto size, co_await below_->read_some(buffer));
    if (size == 0) co_return fail(Code::unavailable, "the connection was cut");
    std::size_t taken = 0;
    if (BIO_write_ex(SSL_get_rbio(tls_), buffer.data(), size, &taken) != 1 || taken != size)
        co_return fail(Code::resource_exhausted, "keep what was received: no memory");
    co_return Status{};
}

Task<std::size_t> TlsChannel::read_some(std::span<char> into) {
    while (true) {
        ERR_clear_error();
        std::size_t size = 0;
        const int outcome = SSL_read_ex(tls_, into.data(), into.size(), &size);
        if (outcome == 1) co_return size;
        if (SSL_get_error(tls_, outcome) == SSL_ERROR_ZERO_RETURN) co_return 0;
        RDT_CO_CHECK(co_await settle(outcome, "TLS"));
    }
}

Task<void> TlsChannel::write(std::string bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        ERR_clear_error();
        std::size_t size = 0;
        const int outcome = SSL_write_ex(tls_, bytes.data() + done, bytes.size() - done, &size);
        if (outcome == 1)
            done += size;
        else
            RDT_CO_CHECK(co_await settle(outcome, "TLS"));
    }
    co_return co_await flush();
}

} // namespace redoubt::guest::key_release

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// TLS to a broker whose certificate is pinned, over any bytes. No clock decides anything: a guest's is its
/// host's to set. What is compared is the key: that of a pinned certificate, or a chain to a pinned authority
/// for the broker's name. A key that must no longer be believed goes with the initdata that pins it.

#include <memory>
#include <span>
#include <string>

#include "common/ttrpc/byte_stream.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace redoubt::guest::key_release {

/// Who a broker is. Thread: one at a time. Lifetime: outlives its channels.
class PinnedTrust {
  public:
    /// `pem`: one or more certificates. TLS 1.3 only. Errors: invalid_argument there is none, or one is
    /// broken; internal.
    [[nodiscard]] static Result<std::unique_ptr<PinnedTrust>> make(const std::string& pem);

    PinnedTrust(const PinnedTrust&) = delete;
    PinnedTrust& operator=(const PinnedTrust&) = delete;
    PinnedTrust(PinnedTrust&&) = delete;
    PinnedTrust& operator=(PinnedTrust&&) = delete;
    ~PinnedTrust();

    /// Whether a certificate's key is that of a pinned one.
    [[nodiscard]] bool is_pinned(x509_st* certificate) const;
    [[nodiscard]] ssl_ctx_st* native() const;

  private:
    struct Parts;
    explicit PinnedTrust(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// One TLS connection. Thread: one strand; a read and a write do not overlap.
class TlsChannel final : public ttrpc::ByteStream {
  public:
    /// Shakes hands over `below` with `host` (a name or an address). Errors: failed_precondition the broker
    /// is not who is pinned; unavailable anything else that breaks a handshake. Lifetime: borrows `trust`.
    [[nodiscard]] static Task<std::unique_ptr<TlsChannel>>
    connect(std::unique_ptr<ttrpc::ByteStream> below, const PinnedTrust& trust, std::string host);

    TlsChannel(const TlsChannel&) = delete;
    TlsChannel& operator=(const TlsChannel&) = delete;
    TlsChannel(TlsChannel&&) = delete;
    TlsChannel& operator=(TlsChannel&&) = delete;
    ~TlsChannel() override;

    /// 0: the broker has said that this was all. Errors: unavailable, a connection cut without that too.
    Task<std::size_t> read_some(std::span<char> into) override;
    Task<void> write(std::string bytes) override;

  private:
    TlsChannel(std::unique_ptr<ttrpc::ByteStream> below, ssl_st* tls);
    Task<void> shake_hands();
    Task<void> settle(int outcome, const char* step);
    Task<void> flush();
    Task<void> fill();

    std::unique_ptr<ttrpc::ByteStream> below_;
    ssl_st* tls_; // OpenSSL's own: freed with this
};

} // namespace redoubt::guest::key_release

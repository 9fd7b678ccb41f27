// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/tee/evidence/public_key.hpp"

struct x509_st;
struct X509_crl_st;

namespace redoubt::tee {

using Time = std::chrono::sys_seconds;

/// "2026-01-31T08:00:00Z".
[[nodiscard]] std::string render_time(Time time);
/// Reads that form, or a date alone, which is its first second. Errors: invalid_argument.
[[nodiscard]] Result<Time> parse_time(std::string_view text);

/// How a certificate or a list is signed. Vendors use one scheme each; a verifier accepts only that one.
struct SignatureScheme {
    std::string key;  ///< "RSA-PSS", "RSA", "ECDSA"; "other"
    std::string hash; ///< "SHA384" and so on
    bool operator==(const SignatureScheme&) const = default;
};

/// An X.509 certificate. It is only what somebody said until verify_link() and an anchor stand behind it.
class Certificate {
  public:
    /// One certificate, DER or PEM, nothing behind it. Limits: 64 KiB.
    [[nodiscard]] static Result<Certificate> parse(std::string_view bytes);
    /// Every certificate of a PEM text, or the one of a DER. Limits: 32 certificates, 1 MiB.
    [[nodiscard]] static Result<std::vector<Certificate>> parse_all(std::string_view bytes);

    /// RFC 2253 form: "C=US,...,CN=SEV-VCEK" is written from the last part to the first.
    [[nodiscard]] std::string subject() const;
    [[nodiscard]] std::string issuer() const;
    /// Of the subject; empty when there is none or more than one.
    [[nodiscard]] std::string common_name() const;
    [[nodiscard]] std::string organisation() const;
    /// Lower-case hex without leading zero bytes.
    [[nodiscard]] std::string serial() const;
    [[nodiscard]] Time not_before() const;
    [[nodiscard]] Time not_after() const;
    [[nodiscard]] std::string der() const;
    [[nodiscard]] PublicKey public_key() const;
    [[nodiscard]] SignatureScheme scheme() const;
    [[nodiscard]] bool is_self_issued() const;
    /// Basic constraints say CA, and key usage, where it is there, allows signing certificates.
    [[nodiscard]] bool is_authority() const;
    /// How many authorities may stand below this one; none when it is not limited.
    [[nodiscard]] std::optional<long> path_length() const;
    /// Whether an extension is marked critical that is neither known here nor in `handled` (OIDs).
    [[nodiscard]] bool has_unknown_critical(const std::vector<std::string>& handled = {}) const;
    [[nodiscard]] bool is_issued_by_name_of(const Certificate& authority) const;
    /// Errors: permission_denied.
    [[nodiscard]] Status verify_signature(const Certificate& authority) const;
    /// The bytes inside extnValue; none when it is not there. Errors: invalid_argument it is there twice.
    [[nodiscard]] Result<std::optional<std::string>> extension(const std::string& oid) const;
    /// OIDs of all extensions in order.
    [[nodiscard]] std::vector<std::string> extension_oids() const;
    [[nodiscard]] x509_st* native() const { return native_.get(); }

  private:
    explicit Certificate(x509_st* native);
    // Shared by copies of this value, which is immutable.
    std::shared_ptr<x509_st> native_;
};

/// A certificate revocation list.
class RevocationList {
  public:
    /// DER, PEM, or DER as hex text. Limits: 8 MiB.
    [[nodiscard]] static Result<RevocationList> parse(std::string_view bytes);

    [[nodiscard]] std::string issuer() const;
    [[nodiscard]] Time this_update() const;
    /// None when the list does not say; such a list is never fresh.
    [[nodiscard]] std::optional<Time> next_update() const;
    [[nodiscard]] bool is_issued_by_name_of(const Certificate& authority) const;
    /// Errors: permission_denied.
    [[nodiscard]] Status verify_signature(const Certificate& authority) const;
    [[nodiscard]] bool has(const Certificate& certificate) const;
    /// The CRL number, which only rises: lower-case hex without leading zero bytes. None when there is none.
    [[nodiscard]] std::optional<std::string> number() const;
    [[nodiscard]] std::string der() const;
    /// Whether an extension is marked critical that is not understood here: partial lists, delta lists.
    [[nodiscard]] bool has_unknown_critical() const;

  private:
    explicit RevocationList(X509_crl_st* native);
    // Shared by copies of this value, which is immutable.
    std::shared_ptr<X509_crl_st> native_;
};

} // namespace redoubt::tee

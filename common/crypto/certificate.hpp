// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"

struct x509_st;

namespace redoubt::crypto {

/// What a certificate says of itself. Nobody has verified it.
struct CertificateFacts {
    Digest fingerprint;      ///< SHA-256 of its DER: the name by which it is pinned
    std::string common_name; ///< the subject's first; empty: none
    std::string pem;
};

/// Of one certificate in PEM form (the first in the text) or of DER. Limit: 64 KiB. Thread: any.
/// Errors: invalid_argument none, or too long; internal.
[[nodiscard]] Result<CertificateFacts> read_certificate(std::string_view bytes);
/// The same of OpenSSL's.
[[nodiscard]] Result<CertificateFacts> read_certificate(x509_st& certificate);

/// A certificate's fingerprint as people write it: "sha256:<64 hex digits>", or the digits alone, also in
/// capitals and with colons or blanks between pairs. Errors: invalid_argument.
[[nodiscard]] Result<Digest> parse_fingerprint(std::string_view text);

/// Errors: invalid_argument the certificate is not the key's.
[[nodiscard]] Status check_pair(std::string_view certificate_pem, std::string_view key_pem);

} // namespace redoubt::crypto

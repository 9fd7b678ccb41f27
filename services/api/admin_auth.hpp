// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/keys.hpp"
#include "common/http/server.hpp"
#include "services/key_broker/admin.hpp"

namespace redoubt::services::api {

/// A client certificate that is an administrator's.
struct KnownCertificate {
    std::string sha256; ///< of the certificate (DER), lower-case hex
    key_broker::Role role = key_broker::Role::auditor;
    std::string tenant; ///< empty: every tenant
};
/// Whose signature under an administrator's token is believed.
struct KnownIssuer {
    std::string issuer;
    crypto::PublicKey key;
};

/// Tells who an administrator is: by his client certificate, or by a JWT {iss, exp, role, sub?, tenant?} that
/// a known issuer signed. Nobody is one otherwise.
class AdminAuthority {
  public:
    AdminAuthority(std::vector<KnownCertificate> certificates, std::vector<KnownIssuer> issuers)
        : certificates_(std::move(certificates)), issuers_(std::move(issuers)) {}

    [[nodiscard]] key_broker::Answer<key_broker::Administrator> identify(const http::ServerRequest& request,
                                                                         tee::Time now) const;

  private:
    [[nodiscard]] Result<key_broker::Administrator> read_token(std::string_view token, tee::Time now) const;

    std::vector<KnownCertificate> certificates_;
    std::vector<KnownIssuer> issuers_;
};

/// "SHA256=ROLE" or "SHA256=ROLE@TENANT". Errors: invalid_argument.
[[nodiscard]] Result<KnownCertificate> parse_known_certificate(std::string_view text);

/// The token of "Authorization: Bearer ...".
[[nodiscard]] std::optional<std::string> bearer_of(const http::ServerRequest& request);

} // namespace redoubt::services::api

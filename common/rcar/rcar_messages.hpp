// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a guest, or a host, and its broker say to each other: request, challenge, attestation, response.
/// Pure. Source: key broker protocol 0.4.0 of Confidential Containers; docs/formats/kbs.md.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"
#include "common/http/message.hpp"

namespace redoubt::rcar {

/// The body of POST /auth. `tee`: "snp", "tdx", "redoubt-host".
[[nodiscard]] std::string auth_body(std::string_view tee);

struct Challenge {
    std::string nonce;  ///< as it came
    std::string cookie; ///< "kbs-session-id=..."
};
/// Errors: data_loss naming what is missing or of another form.
[[nodiscard]] Result<Challenge> read_challenge(const http::Response& answer);

/// The key that secrets are encrypted to, with the members that are hashed. Errors: internal.
[[nodiscard]] Result<boost::json::object> tee_key_json(const crypto::PublicKey& key);

/// What the evidence has to be over: SHA-384 of the nonce and the key. Errors: internal.
[[nodiscard]] Result<std::string> binding(const std::string& nonce, const boost::json::object& tee_key);

/// The body of POST /attest. `init_data`: the TOML text; empty: there is none.
[[nodiscard]] std::string attest_body(const std::string& nonce, const boost::json::object& tee_key,
                                      const boost::json::object& evidence, std::string_view init_data);

/// The token of an answer to /attest. Errors: data_loss.
[[nodiscard]] Result<std::string> read_token(const http::Response& answer);

/// A status that is no success, as an error: what the broker's problem says, "PolicyDeny: ...", cleaned and
/// cut. 401 and 403 are permission_denied, 404 not_found, 400, 413 and 431 failed_precondition, all others
/// unavailable.
[[nodiscard]] Error refusal_of(const http::Response& answer);

} // namespace redoubt::rcar

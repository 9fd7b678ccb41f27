// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "common/crypto/digest.hpp"
#include "common/encoding/json.hpp"
#include "common/jose/jwe.hpp"
#include "common/jose/jwk.hpp"

namespace redoubt::services::attestation {

/// What a guest binds into its evidence: the broker's nonce, and the key that secrets are encrypted to.
struct RuntimeData {
    std::string nonce;
    jose::Jwk key;
    boost::json::object key_members; ///< those that are hashed: kty, alg, crv, x, y or kty, alg, n, e
};

/// Reads {"nonce": ..., "tee-pubkey": {JWK}}. The key needs its "alg". Errors: invalid_argument.
[[nodiscard]] Result<RuntimeData> parse_runtime_data(const json::Node& node);

/// The digest that the evidence has to carry: of RFC 8785 JSON {"additional-evidence", "nonce",
/// "tee-pubkey"}. Source: key broker protocol 0.4.0. Errors: internal.
[[nodiscard]] Result<std::string>
binding_digest(const RuntimeData& data, std::string_view additional_evidence, crypto::HashAlgorithm hash);

} // namespace redoubt::services::attestation

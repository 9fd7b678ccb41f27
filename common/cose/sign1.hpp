// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// COSE_Sign1: a payload with one signature, in CBOR. Source: RFC 9052 section 4.2, RFC 9053, RFC 9864.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/keys.hpp"
#include "common/encoding/cbor.hpp"

namespace redoubt::cose {

/// What is verified here: nothing symmetric, and nothing that signs nothing.
enum class Algorithm : std::uint8_t { es256, es384, eddsa };
/// "ES256" and so on.
[[nodiscard]] std::string_view name_of(Algorithm algorithm);

/// A message taken apart and not yet believed. Only verify_sign1() says what may be believed. Lifetime:
/// borrows the bytes it lies in.
struct Sign1 {
    cbor::Document header; ///< the protected one, a map
    Algorithm algorithm = Algorithm::es256;
    std::string_view protected_bytes;
    std::string_view payload;
    std::size_t payload_offset = 0; ///< in the document
    std::string_view signature;
};

/// Takes the array [protected, unprotected, payload, signature] apart: the algorithm is protected and known,
/// nothing is critical, no label is both protected and not, the payload is there. What is not protected is
/// nowhere believed. `name` is what errors call the document. Errors: invalid_argument; resource_exhausted.
[[nodiscard]] Result<Sign1> parse_sign1(std::string_view name, const cbor::Node& message);

/// Whether `key` signed it, which has to be a key of the algorithm that the message names. Errors:
/// permission_denied.
[[nodiscard]] Status verify_sign1(const Sign1& message, const crypto::PublicKey& key);

/// What is signed: the Sig_structure around a payload.
[[nodiscard]] std::string signed_bytes(std::string_view protected_bytes, std::string_view payload);

} // namespace redoubt::cose

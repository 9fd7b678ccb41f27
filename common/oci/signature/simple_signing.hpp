// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Signatures of images as cosign makes them with a key: a payload in the form of simple signing, signed by
/// ECDSA over P-256 with SHA-256, the signature as DER in base64 beside it. Pure. Source:
/// containers-signature(5); cosign, SIGNATURE_SPEC.md.

#include <string>
#include <string_view>

#include "common/crypto/digest.hpp"
#include "common/crypto/keys.hpp"

namespace redoubt::oci::signature {

inline constexpr std::string_view k_payload_type = "application/vnd.dev.cosign.simplesigning.v1+json";
inline constexpr std::string_view k_signature_annotation = "dev.cosignproject.cosign/signature";
inline constexpr std::size_t k_max_payload_bytes = 64U << 10U;

/// What is said of an image.
struct SignedIdentity {
    std::string reference;   ///< "registry.example/app", as its signer calls it
    crypto::Digest manifest; ///< its manifest's, or its index's

    [[nodiscard]] bool operator==(const SignedIdentity&) const = default;
};

/// "sha256-<hex>.sig": the tag under which an image's signatures lie beside it.
[[nodiscard]] std::string signature_tag(const crypto::Digest& manifest);

[[nodiscard]] std::string render_payload(const SignedIdentity& identity);
/// Errors: invalid_argument naming the member; unimplemented another type of payload.
[[nodiscard]] Result<SignedIdentity> parse_payload(std::string_view payload);

/// In base64. Errors: invalid_argument not a key of P-256; internal.
[[nodiscard]] Result<std::string> sign_payload(const crypto::PrivateKey& key, std::string_view payload);
/// Errors: permission_denied it does not verify; invalid_argument no signature, or another kind of key.
[[nodiscard]] Status verify_payload(const crypto::PublicKey& key, std::string_view payload,
                                    std::string_view signature);

} // namespace redoubt::oci::signature

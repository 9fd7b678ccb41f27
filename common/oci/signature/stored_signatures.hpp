// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// An image's signatures, as a registry keeps them and as a node hands them to a guest. Whoever holds them
/// can drop, change and make up any: what counts is verify_signed(). Pure. Shape:
/// docs/formats/signature-policy.md, "What the host brings".

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/oci/manifest.hpp"

namespace redoubt::oci::signature {

inline constexpr std::size_t k_max_signatures = 64;
inline constexpr std::size_t k_max_signatures_bytes = 1U << 20U; ///< of the document

struct StoredSignature {
    std::string payload;   ///< bytes
    std::string signature; ///< base64
    [[nodiscard]] bool operator==(const StoredSignature&) const = default;
};

/// A payload of an image of signatures, which is a layer of it.
struct PayloadPlace {
    Descriptor payload;
    std::string signature; ///< base64
};

/// The payloads that the manifest of an image of signatures names; layers of other kinds are passed over, and
/// of too many the last are taken, which are the newest. Errors: invalid_argument; a payload that is too
/// large is left out. Source: cosign, SIGNATURE_SPEC.md.
[[nodiscard]] Result<std::vector<PayloadPlace>> parse_signature_manifest(std::string_view json);

/// {"version":1,"signatures":[{"payload":BASE64,"signature":BASE64}]}; the oldest are left out where there
/// are too many.
[[nodiscard]] std::string render_signatures(const std::vector<StoredSignature>& signatures);
/// Errors: invalid_argument naming the member, or another version; resource_exhausted.
[[nodiscard]] Result<std::vector<StoredSignature>> parse_signatures(std::string_view document);

} // namespace redoubt::oci::signature

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>

#include "common/crypto/keys.hpp"
#include "common/oci/signature/signed_identity.hpp"
#include "common/oci/signature/stored_signatures.hpp"

namespace redoubt::oci::signature {

/// An image as it is asked for, and what there is under that name.
struct ImageInQuestion {
    Reference reference;
    crypto::Digest manifest;
};

/// Fails unless one of the signatures was made by one of the keys, over this manifest, under a name that the
/// rule takes. Nothing of a payload is read before its signature has been found right. Errors:
/// permission_denied, in words that follow "wants a signature by ...: "; invalid_argument a key that is not
/// of P-256.
[[nodiscard]] Status verify_signed(const ImageInQuestion& image, const IdentityRule& rule,
                                   std::span<const crypto::PublicKey> keys,
                                   std::span<const StoredSignature> signatures);

} // namespace redoubt::oci::signature

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/crypto/keys.hpp"
#include "node-daemon/ctl/image_place.hpp"

namespace redoubt::ctl {

/// An image in a layout folder, and what its signer calls it.
struct SignatureWish {
    ImagePlace place;
    oci::Platform platform;
    std::string reference; ///< "registry.example/app"; when verifying, empty: any
};

struct ImageSignature {
    std::string manifest_digest; ///< of the image
    std::string tag;             ///< "sha256-<hex>.sig"
    std::string reference;       ///< as signed
};

/// Puts a signature beside the image in its layout, as cosign stores it in a registry: an image with the tag
/// sha256-<hex>.sig, whose layers are payloads. Those that are there stay. Errors: invalid_argument the key
/// or the layout; unimplemented an archive; by errno.
[[nodiscard]] Result<ImageSignature> sign_image(const SignatureWish& wish, const crypto::PrivateKey& key);

/// The image's signatures that this key made. Errors: permission_denied there is none of this key, or of this
/// reference; not_found no signatures at all; those of sign_image().
[[nodiscard]] Result<std::vector<ImageSignature>> verify_image(const SignatureWish& wish,
                                                               const crypto::PublicKey& key);

} // namespace redoubt::ctl

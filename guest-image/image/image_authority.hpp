// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/initdata/image_settings.hpp"
#include "common/oci/signature/signature_policy.hpp"
#include "common/oci/signature/stored_signatures.hpp"
#include "guest-image/key_release/resource_source.hpp"

namespace redoubt::guest::image {

/// An image on its way in: what it was asked for as, and what the host brings.
struct BroughtImage {
    std::string reference;
    crypto::Digest manifest; ///< of the bytes that were brought
    std::vector<oci::signature::StoredSignature> signatures;
};

/// Says which images a guest takes. Something that was measured has to bind the bytes: the digest in a
/// reference that the policy of calls has let through, or a signature that initdata asks for. Where initdata
/// asks for signatures, it does so of every image that the guest brings in, digest or not. Thread: one
/// strand.
class ImageAuthority {
  public:
    /// Digests alone.
    ImageAuthority() = default;
    /// Errors: invalid_argument the policy in them is wrong.
    [[nodiscard]] static Result<ImageAuthority> make(initdata::ImageSettings settings);

    /// Fails unless the image may be taken. `resources`, borrowed, has keys and policies that are not in
    /// initdata itself; null: nobody has them. Errors: permission_denied "scope 'registry.example' wants a
    /// signature by kbs:///a/b/c: the image comes with no signature"; failed_precondition nothing binds the
    /// bytes; unimplemented a requirement that is; those of ResourceSource::get().
    Task<void> authorise(BroughtImage image, key_release::ResourceSource* resources) const;

  private:
    [[nodiscard]] Task<oci::signature::SignaturePolicy>
    current_policy(key_release::ResourceSource* resources) const;

    std::optional<oci::signature::SignaturePolicy> policy_;
    std::string policy_uri_;
};

} // namespace redoubt::guest::image

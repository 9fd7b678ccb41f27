// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Which signatures an image needs: containers-policy.json, as podman, skopeo and Confidential Containers'
/// image-rs read it. Pure. Source: containers-policy.json(5). What we read of it, and what not:
/// docs/formats/signature-policy.md.
///
///     RDT_TRY(const auto policy, SignaturePolicy::parse(text));
///     const auto& asked = policy.scope_of(reference);   // all of its requirements have to be met

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.hpp"
#include "common/oci/reference.hpp"
#include "common/oci/signature/signed_identity.hpp"

namespace redoubt::oci::signature {

inline constexpr std::size_t k_max_policy_bytes = 256U << 10U;
/// Of all scopes together.
inline constexpr std::size_t k_max_scopes = 1024;
/// Of a scope, and keys of a requirement.
inline constexpr std::size_t k_max_requirements = 16;

/// insecureAcceptAnything: nothing is wanted, and nothing is known of the image then.
struct AcceptAnything {
    [[nodiscard]] bool operator==(const AcceptAnything&) const = default;
};
/// reject
struct RejectAll {
    [[nodiscard]] bool operator==(const RejectAll&) const = default;
};
/// A public key: where it is, or the key itself. One of the two is empty.
struct KeySource {
    std::string uri = {}; ///< kbs:///REPOSITORY/TYPE/TAG
    std::string pem = {}; ///< SubjectPublicKeyInfo
    [[nodiscard]] bool operator==(const KeySource&) const = default;
};
/// sigstoreSigned: by one of these keys, as cosign does.
struct SigstoreSigned {
    std::vector<KeySource> keys; ///< one at least
    IdentityRule identity = {};
    [[nodiscard]] bool operator==(const SigstoreSigned&) const = default;
};
/// Well formed, and met by no image.
struct NotImplemented {
    std::string what; ///< "signedBy (simple signing by GPG keys)"
    [[nodiscard]] bool operator==(const NotImplemented&) const = default;
};
using Requirement = std::variant<AcceptAnything, RejectAll, SigstoreSigned, NotImplemented>;

/// What is asked of the images of a scope; all of it.
struct Scope {
    std::string name; ///< "registry.example/team"; "default" of the whole policy, "" of the transport docker
    std::vector<Requirement> requirements; ///< one at least
};

class SignaturePolicy {
  public:
    /// Strict, as a member that is misspelt would be one that is not asked for. Other transports than docker
    /// have no meaning here and are passed over. Errors: invalid_argument naming the place;
    /// resource_exhausted beyond a limit.
    [[nodiscard]] static Result<SignaturePolicy> parse(std::string_view json);

    /// The scope that decides: of those of the transport docker the nearest to the reference, which names a
    /// registry, else the default. Lifetime: borrows this.
    [[nodiscard]] const Scope& scope_of(const Reference& reference) const;

  private:
    std::map<std::string, Scope, std::less<>> docker_;
    Scope default_;
};

/// The names under which a policy may speak of an image, the nearest first: the whole reference, its
/// repository, each namespace above, the registry, and "*.example" for each domain above that.
[[nodiscard]] std::vector<std::string> list_scopes(const Reference& reference);

} // namespace redoubt::oci::signature

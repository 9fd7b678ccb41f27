// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// By which names a signature may call an image: signedIdentity of containers-policy.json(5). Pure.

#include <cstdint>
#include <string>

#include "common/encoding/json.hpp"
#include "common/oci/reference.hpp"

namespace redoubt::oci::signature {

enum class IdentityMatch : std::uint8_t {
    unstated, ///< the policy says nothing: as repo_digest_or_exact; what cosign signs, a repository alone, as
              ///< repository
    exact,
    repo_digest_or_exact, ///< exact by tag; by digest, the repository
    repository,
    exact_reference,  ///< that of the rule
    exact_repository, ///< that of the rule
    remap,            ///< as repo_digest_or_exact, once the prefix has been replaced
};

struct IdentityRule {
    IdentityMatch match = IdentityMatch::unstated;
    std::string wanted = {};        ///< exact_reference, exact_repository
    std::string prefix = {};        ///< remap: of the image's repository, whole components
    std::string signed_prefix = {}; ///< remap: what the signature has in its place

    [[nodiscard]] bool operator==(const IdentityRule&) const = default;
};

/// Errors: invalid_argument naming the place.
[[nodiscard]] Result<IdentityRule> parse_identity_rule(const json::Node& node);

/// Whether what `signed_name` says may be the image that is asked for as `image`. Names that are no
/// references are none of any image.
[[nodiscard]] bool is_identity_of(const IdentityRule& rule, const Reference& image,
                                  const std::string& signed_name);

} // namespace redoubt::oci::signature

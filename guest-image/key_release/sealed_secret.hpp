// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Secrets that travel through untrusted hands as words that only an attested guest can exchange for them:
/// "sealed." and a compact JWS whose payload names a resource. Source: Confidential Containers, sealed
/// secrets.

#include <string>
#include <string_view>

#include "guest-image/key_release/resource_source.hpp"

namespace redoubt::guest::key_release {

/// Whether a text asks to be unsealed.
[[nodiscard]] bool is_sealed(std::string_view text);

/// What a sealed secret of type `vault` stands for. Its signature (ES256) has to be by the key that its
/// header names, itself a resource; who could make the words up could have a guest fetch any secret of its
/// broker's into any container. Errors: invalid_argument not of that form; unimplemented type `envelope`,
/// another algorithm or provider; permission_denied the signature; those of `resources`. Lifetime:
/// `resources` outlives the call.
[[nodiscard]] Task<crypto::Secret> unseal(ResourceSource& resources, std::string sealed);

} // namespace redoubt::guest::key_release

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "common/crypto/secret.hpp"
#include "guest-image/agent/mount/volume_key.hpp"

namespace redoubt::guest::confidential {

/// The fewest and the most bytes that a resource may have to be a volume's key.
inline constexpr std::size_t k_min_volume_key = 32;
inline constexpr std::size_t k_max_volume_key = 4096;

/// What is derived from a resource for the volumes of its name: `uri`, as the policy has it, is part of every
/// derivation, so that one secret under two names is two keys. Errors: invalid_argument a secret too short or
/// too long. Format: docs/formats/volume-header.md.
[[nodiscard]] Result<std::unique_ptr<mount::VolumeKey>> make_volume_key(crypto::Secret secret,
                                                                        std::string uri);

} // namespace redoubt::guest::confidential

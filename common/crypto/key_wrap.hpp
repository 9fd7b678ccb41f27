// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"

namespace redoubt::crypto {

/// AES key wrap with a 256-bit key: 8 bytes longer than what it wraps. Source: RFC 3394.
/// Errors: invalid_argument a key that is not a multiple of 8 bytes of at least 16; internal.
[[nodiscard]] Result<std::string> wrap_key(const Secret& wrapping_key, const Secret& key);
/// Errors: permission_denied it was not wrapped with this key, or was changed; invalid_argument; internal.
[[nodiscard]] Result<Secret> unwrap_key(const Secret& wrapping_key, std::string_view wrapped);

} // namespace redoubt::crypto

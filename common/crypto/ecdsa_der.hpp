// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::crypto {

/// An ECDSA signature, r and s beside each other, as the DER that X.509 and cosign use. Source: RFC
/// 3279, 2.2.3. Errors: invalid_argument an odd length, or too long to be one.
[[nodiscard]] Result<std::string> der_of_ecdsa(std::string_view signature);
/// And back, each number in `coordinate_size` bytes. Strict: one form, nothing behind it. Errors:
/// invalid_argument.
[[nodiscard]] Result<std::string> ecdsa_of_der(std::string_view der, std::size_t coordinate_size);

} // namespace redoubt::crypto

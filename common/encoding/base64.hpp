// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::encoding {

/// standard: RFC 4648 section 4, with padding. url: section 5, without padding (as JWT and KBS use it).
enum class Base64 : std::uint8_t { standard, url };

[[nodiscard]] std::string to_base64(std::string_view bytes, Base64 alphabet = Base64::standard);

/// Strict: no white space, no foreign characters, no set bits behind the end. Padding is required in standard
/// form and optional, but then complete, in url form. Errors: invalid_argument naming the offset of what is
/// wrong.
[[nodiscard]] Result<std::string> from_base64(std::string_view text, Base64 alphabet = Base64::standard);

} // namespace redoubt::encoding

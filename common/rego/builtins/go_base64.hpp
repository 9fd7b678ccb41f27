// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Base64 as Go's encoding/base64 reads it, with its words for what is wrong: line breaks are skipped, unused
/// bits ignored. (common/encoding is strict and has other words.)

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace redoubt::rego {

enum class Base64Form : std::uint8_t { standard, url };

/// Errors: "illegal base64 data at input byte 13".
[[nodiscard]] std::expected<std::string, std::string> decode_base64(std::string_view text, Base64Form form);
/// The same for base64url whose padding may be missing, as JSON Web Tokens have it.
[[nodiscard]] std::expected<std::string, std::string> decode_base64url(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes, Base64Form form, bool padded = true);

} // namespace redoubt::rego

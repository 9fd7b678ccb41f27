// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Upper and lower case, one code point to one code point, without a locale, as Go's strings package has it.
/// Source: Unicode 14 UnicodeData.txt, fields 12 and 13.

#include <cstdint>
#include <string>
#include <string_view>

namespace redoubt::rego {

[[nodiscard]] std::uint32_t to_upper(std::uint32_t code);
[[nodiscard]] std::uint32_t to_lower(std::uint32_t code);
[[nodiscard]] std::string upper_case(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);
/// White space: property White_Space.
[[nodiscard]] bool is_space(std::uint32_t code);
/// Whether Go's strconv.Quote shows it as it is (nearly: controls, format characters, private use and spaces
/// other than U+0020 are escaped).
[[nodiscard]] bool is_printable(std::uint32_t code);

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// UTF-8 as Go reads it: a byte that belongs to no code point counts as U+FFFD and is one byte long.

#include <cstdint>
#include <string>
#include <string_view>

namespace redoubt::rego {

inline constexpr std::uint32_t k_replacement = 0xFFFD;

struct Utf8Step {
    std::uint32_t code = k_replacement;
    std::size_t size = 1;
    bool valid = false;
};

/// The code point that starts at `at`, which must lie inside `text`.
[[nodiscard]] Utf8Step decode_utf8(std::string_view text, std::size_t at);
void append_utf8(std::string& out, std::uint32_t code);
/// How many code points the text has.
[[nodiscard]] std::size_t count_runes(std::string_view text);

} // namespace redoubt::rego

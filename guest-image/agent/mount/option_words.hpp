// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The words of a storage's options: "ro", "size=64m".

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// Takes `key=value` out of `words`. Errors: not_found when it is not there; invalid_argument when twice.
[[nodiscard]] Result<std::string> take_option(std::vector<std::string>& words, std::string_view key);

/// Takes every `word` out of `words`; whether there was one.
[[nodiscard]] bool take_word(std::vector<std::string>& words, std::string_view word);

/// The parts between the separators; one empty part for an empty text.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

/// All of `text` as a number. Errors: invalid_argument naming `what`.
template <class Number>
[[nodiscard]] Result<Number> parse_number(std::string_view what, std::string_view text, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size())
        return fail(Code::invalid_argument, "{}: '{}' is not a number", what, text.substr(0, 64));
    return value;
}

} // namespace redoubt::guest::mount

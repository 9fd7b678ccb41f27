// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Glob patterns as regular expressions, so that they match in linear time: * (not over a separator), **, ?,
/// [abc], [!a-z], {one,other} (nested too) and \ before a character that is meant itself.
/// Source: the documentation of gobwas/glob, which OPA names as its glob syntax.

#include <expected>
#include <string>
#include <string_view>

namespace redoubt::rego {

/// An RE2 pattern for the whole text. `separators`: the code points * and ? do not match, as UTF-8.
/// Errors: a set that does not end, or is empty or upside down.
[[nodiscard]] std::expected<std::string, std::string> glob_to_regex(std::string_view glob,
                                                                    std::string_view separators);
/// Puts \ before each character with a meaning.
[[nodiscard]] std::string quote_glob(std::string_view text);

} // namespace redoubt::rego

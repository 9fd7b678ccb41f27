// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::config {

/// A value that no key can have: what it is, "a date".
struct Unusable {
    std::string kind;
};
using TomlValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>, Unusable>;

/// One assignment of a TOML text.
struct TomlEntry {
    std::string key; ///< dotted; of an empty table, the table's name
    TomlValue value;
    std::uint32_t line = 0; ///< of the key, from 1
    std::uint32_t column = 0;
    std::vector<std::string> path; ///< the key's parts, where "a.b" written as one has to be told from a's b
};

/// Reads a TOML text into its assignments, in the order they are written.
/// Errors: invalid_argument "FILE:LINE:COLUMN: what is wrong", with `file` as the name.
/// Source: TOML 1.0.0.
[[nodiscard]] Result<std::vector<TomlEntry>> read_toml(std::string_view text, std::string_view file);

} // namespace redoubt::config

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// JSON to values and back, exactly: numbers keep every digit. Own code, because the number types of JSON
/// libraries round.

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/rego/value/value.hpp"

namespace redoubt::rego {

struct JsonLimits {
    std::size_t max_bytes = 64U << 20U;
    std::size_t max_depth = 256;
};

/// Reads one JSON document (RFC 8259; nothing may follow it). Of duplicate keys the last counts. Lone
/// surrogates and invalid UTF-8 become U+FFFD, as Go's decoder does. Errors: invalid_argument "line 3, column
/// 7: ..."; resource_exhausted beyond a limit or the arena's budget.
[[nodiscard]] Result<Value> parse_json(Arena& arena, std::string_view text, const JsonLimits& limits = {});

enum class JsonStyle : std::uint8_t {
    compact,      ///< {"a":1}
    html_escaped, ///< compact, with < > & U+2028 U+2029 escaped as Go's encoder does: what json.marshal gives
};

/// Writes a value as JSON: sets as arrays, keys that are not strings as their JSON text, members by key.
void append_json(std::string& out, const Value& value, JsonStyle style = JsonStyle::compact);
[[nodiscard]] std::string render_json(const Value& value, JsonStyle style = JsonStyle::compact);
/// With line breaks; `indent` is put once per level after each break.
[[nodiscard]] std::string render_json_pretty(const Value& value, std::string_view indent = "  ",
                                             JsonStyle style = JsonStyle::compact);

/// Writes a value as Rego source text: {1, 2}, set(), {"a": 1}; what sprintf's %v and print() show.
void append_rego(std::string& out, const Value& value);
[[nodiscard]] std::string render_rego(const Value& value);

/// A JSON string literal with quotes.
void append_json_string(std::string& out, std::string_view text, JsonStyle style = JsonStyle::compact);

/// The value as JSON can hold it: sets become sorted arrays, other keys than strings their JSON text.
[[nodiscard]] Value to_json_value(Arena& arena, const Value& value);

} // namespace redoubt::rego

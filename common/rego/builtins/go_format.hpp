// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Formatting values as Go's fmt package does, for sprintf().
/// Source: the documentation of Go's packages fmt, strconv and math/big.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "common/rego/value/number.hpp"

namespace redoubt::rego {

/// What OPA hands to Go's fmt for a value: an int64, a *big.Int, a float64 or a string.
using GoValue = std::variant<std::int64_t, BigInt, double, std::string>;

/// Flags, width and precision of one verb.
struct GoSpec {
    bool minus = false;
    bool plus = false;
    bool sharp = false;
    bool space = false;
    bool zero = false;
    bool plus_v = false;  ///< %+v
    bool sharp_v = false; ///< %#v
    bool has_width = false;
    bool has_precision = false;
    int width = 0;
    int precision = 0;
};

/// Formats one value; a verb that does not suit it gives "%!d(string=hi)".
void append_go_value(std::string& out, const GoValue& value, char32_t verb, const GoSpec& spec);
/// "int64", "*big.Int", "float64", "string".
[[nodiscard]] std::string_view go_type_name(const GoValue& value);
/// As strconv.AppendFloat: format one of e E f F g G b x X; precision -1 is the shortest that reads back.
[[nodiscard]] std::string render_go_float(double value, char format, int precision);
/// As strconv.Quote; with `ascii` as strconv.QuoteToASCII.
[[nodiscard]] std::string quote_go_text(std::string_view text, bool ascii = false, char quote = '"');

} // namespace redoubt::rego

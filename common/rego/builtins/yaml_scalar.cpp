// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <cmath>
#include <optional>

#include "common/rego/builtins/operand.hpp"
#include "common/rego/builtins/yaml.hpp"

// The meaning of plain scalars. Source: YAML 1.1, "Language-Independent Types", as go-yaml applies it.

namespace redoubt::rego {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

/// Digits of a base with underscores between; nothing when another character is in it.
std::optional<BigInt> digits_of(std::string_view text, unsigned base) {
    BigInt value = 0;
    bool any = false;
    for (const char c : text) {
        if (c == '_') continue;
        const std::size_t digit =
            std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
        if (digit >= base) return std::nullopt;
        value = value * base + static_cast<unsigned>(digit);
        any = true;
    }
    if (!any) return std::nullopt;
    return value;
}

std::optional<BigInt> integer_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty() || text.size() > 1'024 || text[0] < '0' || text[0] > '9') return std::nullopt;
    std::optional<BigInt> value;
    if (text.starts_with("0b")) {
        value = digits_of(text.substr(2), 2);
    } else if (text.starts_with("0x")) {
        value = digits_of(text.substr(2), 16);
    } else if (text.starts_with("0o")) {
        value = digits_of(text.substr(2), 8);
    } else {
        value = digits_of(text, text.size() > 1 && text[0] == '0' ? 8 : 10);
    }
    if (value && negative) *value = -*value;
    return value;
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
std::optional<Number> float_of(Arena& arena, std::string_view text) {
    std::string plain(text);
    std::erase(plain, '_');
    if (text.size() > 1'024 || text.starts_with('_')) return std::nullopt;
    const std::string spelling = json_number_spelling(plain);
    if (spelling.empty()) return std::nullopt;
    const auto number = parse_number(arena, spelling);
    if (!number) return std::nullopt;
    const double value = number->to_double();
    if (!std::isfinite(value)) return std::nullopt;
    return make_number(arena, value);
}

} // namespace

Value resolve_yaml_scalar(Arena& arena, std::string_view text) {
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return Value::null();
    if (is_one_of(text, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}))
        return Value::boolean(true);
    if (is_one_of(text, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}))
        return Value::boolean(false);
    if (!std::string_view("+-.0123456789").contains(text[0])) return make_string(arena, text);
    if (const auto whole = integer_of(text)) {
        if (*whole <= UINT64_MAX && *whole >= INT64_MIN) return Value::number(make_number(arena, *whole));
        // Beyond 64 bits it is a float, of which the text may have lost digits.
        return Value::number(make_number(arena, whole->convert_to<double>()));
    }
    if (const auto real = float_of(arena, text)) return Value::number(*real);
    return make_string(arena, text);
}

} // namespace redoubt::rego

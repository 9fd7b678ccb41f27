// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "common/rego/builtins/go_format.hpp"

// Floating point numbers as Go's strconv writes them. printf() rounds correctly, and never sees a locale:
// nothing of this project sets one.

namespace redoubt::rego {
namespace {

std::string printed(const char* format, int precision, double value) {
    std::string text(64, '\0');
    const int size = std::snprintf(text.data(), text.size(), format, precision, value); // NOLINT
    if (size >= static_cast<int>(text.size())) {
        text.resize(static_cast<std::size_t>(size) + 1);
        std::snprintf(text.data(), text.size(), format, precision, value); // NOLINT
    }
    text.resize(static_cast<std::size_t>(size));
    return text;
}

/// Decimal digits d.ddd and the power of ten of the first.
struct Decimal {
    bool negative = false;
    std::string digits;
    int exponent = 0;
};

/// `count` significant digits.
Decimal decimal_of(double value, int count) {
    const std::string text = printed("%.*e", count - 1, std::fabs(value));
    Decimal decimal{.negative = std::signbit(value)};
    const std::size_t e = text.find('e');
    for (const char c : text.substr(0, e)) {
        if (c != '.') decimal.digits += c;
    }
    decimal.exponent = std::atoi(text.c_str() + e + 1);
    return decimal;
}

/// The fewest digits that read back as the value.
Decimal shortest_of(double value) {
    for (int count = 1;; ++count) {
        Decimal decimal = decimal_of(value, count);
        const std::string text = decimal.digits.substr(0, 1) + "." + decimal.digits.substr(1) + "e" +
                                 std::to_string(decimal.exponent);
        if (count == 17 || std::strtod(text.c_str(), nullptr) == std::fabs(value)) {
            while (decimal.digits.size() > 1 && decimal.digits.back() == '0') decimal.digits.pop_back();
            return decimal;
        }
    }
}

std::string exponent_text(char letter, int exponent, int least_digits) {
    std::string digits = std::to_string(std::abs(exponent));
    if (static_cast<int>(digits.size()) < least_digits) digits.insert(0, "0");
    return std::string(1, letter) + (exponent < 0 ? '-' : '+') + digits;
}

std::string scientific(const Decimal& decimal, char letter, int precision) {
    std::string text = decimal.negative ? "-" : "";
    text += decimal.digits[0];
    const auto fraction = static_cast<std::size_t>(std::max(precision, 0));
    if (fraction > 0) {
        std::string rest = decimal.digits.substr(1, fraction);
        rest.resize(fraction, '0');
        text += '.' + rest;
    }
    return text + exponent_text(letter, decimal.exponent, 2);
}

std::string fixed(const Decimal& decimal, int precision) {
    std::string text = decimal.negative ? "-" : "";
    const auto digit = [&](int at) {
        return at >= 0 && at < static_cast<int>(decimal.digits.size())
                   ? decimal.digits[static_cast<std::size_t>(at)]
                   : '0';
    };
    if (decimal.exponent < 0) text += '0';
    for (int at = 0; at <= decimal.exponent; ++at) text += digit(at);
    if (precision > 0) text += '.';
    for (int place = 1; place <= precision; ++place) text += digit(decimal.exponent + place);
    return text;
}

std::string general(double value, char format, int precision) {
    const bool shortest = precision < 0;
    if (precision == 0) precision = 1;
    Decimal decimal = shortest ? shortest_of(value) : decimal_of(value, precision);
    while (decimal.digits.size() > 1 && decimal.digits.back() == '0') decimal.digits.pop_back();
    const int digits = static_cast<int>(decimal.digits.size());
    int threshold = precision;
    if (threshold > digits && digits >= decimal.exponent + 1) threshold = digits;
    if (shortest) threshold = 6;
    if (decimal.exponent < -4 || decimal.exponent >= threshold)
        return scientific(decimal, format == 'G' ? 'E' : 'e', digits - 1);
    return fixed(decimal, std::max(digits - decimal.exponent - 1, 0));
}

/// -0x1.8p+01: a leading 1, hexadecimal digits, at least two digits of exponent.
std::string hexadecimal(double value, char format, int precision) {
    std::string text = precision < 0 ? printed("%.*a", -1, value) : printed("%.*a", precision, value);
    const std::size_t p = text.find('p');
    const int exponent = std::atoi(text.c_str() + p + 1);
    text = text.substr(0, p) + exponent_text('p', exponent, 2);
    if (format == 'X') {
        for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    return text;
}

/// 4503599627370496p-52.
std::string binary(double value) {
    int exponent = 0;
    const double fraction = std::frexp(value, &exponent);
    const auto mantissa = static_cast<std::int64_t>(std::ldexp(fraction, 53));
    exponent = value == 0 ? -1074 : exponent - 53;
    return std::to_string(mantissa) + 'p' + (exponent < 0 ? "" : "+") + std::to_string(exponent);
}

} // namespace

std::string render_go_float(double value, char format, int precision) {
    switch (format) {
    case 'e':
    case 'E': {
        const Decimal decimal = precision < 0 ? shortest_of(value) : decimal_of(value, precision + 1);
        return scientific(decimal, format,
                          precision < 0 ? static_cast<int>(decimal.digits.size()) - 1 : precision);
    }
    case 'f':
    case 'F': {
        if (precision >= 0) return printed("%.*f", precision, value);
        const Decimal decimal = shortest_of(value);
        return fixed(decimal, std::max(static_cast<int>(decimal.digits.size()) - decimal.exponent - 1, 0));
    }
    case 'x':
    case 'X': return hexadecimal(value, format, precision);
    case 'b': return binary(value);
    default: return general(value, format, precision);
    }
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <optional>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/letter_case.hpp"
#include "common/rego/builtins/operand.hpp"

// units.parse ("10Mi", "100m") and units.parse_bytes ("10MB"). OPA's error texts name the function
// themselves.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// Exponents of more digits are refused, as OPA does.
constexpr std::size_t k_most_exponent_digits = 6;

bool is_digit(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

struct Amount {
    std::string_view number;
    std::string_view unit;
    bool huge = false; ///< its exponent is too long
};

/// An e that a digit or sign follows belongs to the number, another starts the unit.
Amount split_amount(std::string_view text) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == 'e' || c == 'E') {
            const bool is_signed = at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-');
            if (!is_signed && !is_digit(text, at + 1)) break;
            std::size_t digits = at + (is_signed ? 2 : 1);
            const std::size_t start = digits;
            while (is_digit(text, digits)) ++digits;
            if (digits - start > k_most_exponent_digits) return {.number = {}, .unit = {}, .huge = true};
            if (is_signed) ++at;
            continue;
        }
        if (!is_digit(text, at) && c != '.' && c != '+' && c != '-') break;
    }
    return {text.substr(0, at), text.substr(at)};
}

/// A power of 1000, or of 1024 with an i after the letter; nothing for other units.
std::optional<std::uint64_t> multiple_of(std::string_view unit) {
    if (unit.empty()) return 1;
    const std::size_t power = std::string_view("kmgtpe").find(unit[0]);
    if (power == std::string_view::npos) return std::nullopt;
    const bool binary = unit.substr(1) == "i";
    if (!binary && unit.size() > 1) return std::nullopt;
    std::uint64_t multiple = 1;
    for (std::size_t i = 0; i <= power; ++i) multiple *= binary ? 1'024 : 1'000;
    return multiple;
}

/// A number as a fraction.
struct Fraction {
    BigInt top;
    BigInt bottom = 1;
};

/// Empty: not a number. `spelling` is JSON's.
std::optional<Fraction> fraction_of(const std::string& spelling) {
    std::string digits;
    std::int64_t exponent = 0;
    const std::size_t e = std::min(spelling.find_first_of("eE"), spelling.size());
    bool after_point = false;
    for (const char c : spelling.substr(0, e)) {
        if (c == '.') {
            after_point = true;
        } else if (c != '-') {
            digits += c;
            exponent -= after_point ? 1 : 0;
        }
    }
    if (e < spelling.size()) exponent += std::strtol(spelling.c_str() + e + 1, nullptr, 10);
    constexpr std::int64_t most = 8'192;
    if (exponent > most || exponent < -most || digits.size() > k_max_number_digits) return std::nullopt;
    Fraction fraction;
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    fraction.top = BigInt(digits);
    const BigInt power = boost::multiprecision::pow(BigInt(10), static_cast<unsigned>(std::abs(exponent)));
    (exponent < 0 ? fraction.bottom : fraction.top) *= power;
    if (spelling[0] == '-') fraction.top = -fraction.top;
    return fraction;
}

/// Ten decimals, the last rounded half up.
std::string ten_decimals(const Fraction& fraction) {
    const BigInt scale("10000000000");
    const BigInt magnitude = boost::multiprecision::abs(fraction.top);
    const BigInt rounded = ((magnitude * scale * 2) + fraction.bottom) / (fraction.bottom * 2);
    const BigInt whole = rounded / scale;
    const BigInt rest = rounded % scale;
    const std::string decimals = rest.str();
    return (fraction.top < 0 ? "-" : "") + whole.str() + "." + std::string(10 - decimals.size(), '0') +
           decimals;
}

BuiltinResult parse(BuiltinContext& context, Operands operands) {
    std::string text(operands[0].as_string());
    std::erase(text, '"');
    if (text.contains(' ')) return builtin_error("units.parse: spaces not allowed in resource strings");
    const Amount amount = split_amount(text);
    if (amount.huge) return builtin_error("units.parse: exponent too large");
    if (amount.number.empty()) return builtin_error("units.parse: no amount provided");
    // The first letter's case tells milli from mega.
    const bool milli = amount.unit == "m";
    const auto multiple = milli ? std::nullopt : multiple_of(lower_case(amount.unit));
    if (!milli && !multiple) {
        std::string shown = lower_case(amount.unit);
        shown[0] = amount.unit[0];
        return builtin_error("units.parse: unit " + shown + " not recognized");
    }
    const std::string spelling = json_number_spelling(amount.number);
    if (spelling.empty()) return builtin_error("units.parse: could not parse amount to a number");
    auto fraction = fraction_of(spelling);
    if (!fraction) return limit_error("units.parse: the amount has too many digits");
    if (milli) {
        // OPA's milli is the double nearest to 0.001, exactly.
        fraction->top *= BigInt("1152921504606847");
        fraction->bottom <<= 60U;
    } else {
        fraction->top *= *multiple;
    }
    if (fraction->top % fraction->bottom == 0)
        return Value::number(make_number(context.arena(), BigInt(fraction->top / fraction->bottom)));
    const auto number = parse_number(context.arena(), ten_decimals(*fraction));
    if (!number) return limit_error("units.parse: the amount has too many digits");
    return Value::number(*number);
}

BuiltinResult parse_bytes(BuiltinContext& context, Operands operands) {
    std::string text = lower_case(operands[0].as_string());
    std::erase(text, '"');
    if (text.contains(' ')) return builtin_error("units.parse_bytes: spaces not allowed in resource strings");
    const Amount amount = split_amount(text);
    if (amount.huge) return builtin_error("units.parse_bytes: exponent too large");
    if (amount.number.empty()) return builtin_error("units.parse_bytes: no byte amount provided");
    std::string_view unit = amount.unit;
    if (unit.size() > 1 && unit.ends_with('b')) unit.remove_suffix(1);
    const auto multiple = multiple_of(unit);
    if (!multiple)
        return builtin_error("units.parse_bytes: byte unit " + std::string(amount.unit) + " not recognized");
    const std::string spelling = json_number_spelling(amount.number);
    if (spelling.empty()) return builtin_error("units.parse_bytes: could not parse byte amount to a number");
    const auto number = parse_number(context.arena(), spelling);
    if (!number) return limit_error("units.parse_bytes: the amount has too many digits");
    const Real bytes = number->to_real() * round_to_real(BigInt(*multiple), 0);
    return Value::number(make_number(context.arena(), truncate(bytes)));
}

constexpr Builtin k_units[] = {
    {.name = "units.parse", .operands = {one_of(Kind::string)}, .arity = 1, .function = parse},
    {.name = "units.parse_bytes", .operands = {one_of(Kind::string)}, .arity = 1, .function = parse_bytes},
};

} // namespace

std::span<const Builtin> unit_builtins() {
    return k_units;
}

} // namespace redoubt::rego

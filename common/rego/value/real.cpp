// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cmath>

#include "common/rego/value/number.hpp"

namespace redoubt::rego {
namespace {

constexpr std::int64_t k_mantissa_bits = 64;

BigInt magnitude_of(const Real& value) {
    return BigInt(value.mantissa);
}

BigInt signed_of(const Real& value) {
    return value.negative ? BigInt(-magnitude_of(value)) : magnitude_of(value);
}

/// The exact sum as an integer times a power of two. Exponents far apart are brought near: the smaller
/// operand then only says on which side of the larger the result lies.
Real sum_of(const Real& a, const Real& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    const Real& high = a.exponent >= b.exponent ? a : b;
    const Real& low = a.exponent >= b.exponent ? b : a;
    const std::int64_t distance = std::int64_t{high.exponent} - low.exponent;
    constexpr std::int64_t k_far = 3 * k_mantissa_bits;
    if (distance > k_far) {
        const BigInt scaled = (signed_of(high) << static_cast<unsigned>(k_far)) + (low.negative ? -1 : 1);
        return round_to_real(scaled, high.exponent - k_far);
    }
    return round_to_real((signed_of(high) << static_cast<unsigned>(distance)) + signed_of(low), low.exponent);
}

/// value * 10^-scale rounded to a whole number, ties to even.
BigInt scale_down(const Real& value, int scale) {
    BigInt numerator = magnitude_of(value);
    BigInt denominator = 1;
    if (value.exponent >= 0) {
        numerator <<= static_cast<unsigned>(value.exponent);
    } else {
        denominator <<= static_cast<unsigned>(-value.exponent);
    }
    const BigInt power = boost::multiprecision::pow(BigInt(10), static_cast<unsigned>(std::abs(scale)));
    (scale >= 0 ? denominator : numerator) *= power;
    BigInt quotient;
    BigInt rest;
    boost::multiprecision::divide_qr(numerator, denominator, quotient, rest);
    const BigInt twice = rest << 1U;
    if (twice > denominator || (twice == denominator && bit_test(quotient, 0))) ++quotient;
    return quotient;
}

Real from_scaled(const BigInt& digits, int scale) {
    if (scale >= 0)
        return round_to_real(digits * boost::multiprecision::pow(BigInt(10), static_cast<unsigned>(scale)),
                             0);
    const BigInt power = boost::multiprecision::pow(BigInt(10), static_cast<unsigned>(-scale));
    const auto shift = static_cast<unsigned>(boost::multiprecision::msb(power)) + 66U;
    const BigInt numerator = digits << shift;
    return round_to_real(numerator / power, -std::int64_t{shift}, numerator % power != 0);
}

std::string with_exponent(const Digits& digits, std::string out) {
    out += digits.digits[0];
    if (digits.digits.size() > 1) {
        out += '.';
        out.append(digits.digits, 1);
    }
    const int exponent = digits.point - 1;
    out += exponent < 0 ? "e-" : "e+";
    const std::string power = std::to_string(std::abs(exponent));
    if (power.size() < 2) out += '0';
    return out + power;
}

} // namespace

bool Real::is_integer() const {
    if (is_zero() || exponent >= 0) return true;
    return exponent > -64 && (mantissa << static_cast<unsigned>(64 + exponent)) == 0;
}

Real round_to_real(const BigInt& signed_magnitude, std::int64_t exponent, bool inexact) {
    if (signed_magnitude == 0) return {};
    const bool negative = signed_magnitude < 0;
    const BigInt magnitude = negative ? BigInt(-signed_magnitude) : signed_magnitude;
    const auto bits = static_cast<std::int64_t>(boost::multiprecision::msb(magnitude)) + 1;
    std::uint64_t mantissa = 0;
    if (bits <= k_mantissa_bits) {
        mantissa = static_cast<std::uint64_t>(magnitude) << static_cast<unsigned>(k_mantissa_bits - bits);
        return {negative, mantissa, static_cast<std::int32_t>(exponent - (k_mantissa_bits - bits))};
    }
    const auto cut = static_cast<unsigned>(bits - k_mantissa_bits);
    mantissa = static_cast<std::uint64_t>(magnitude >> cut);
    exponent += cut;
    if (bit_test(magnitude, cut - 1)) {
        const bool above_half = inexact || boost::multiprecision::lsb(magnitude) < cut - 1;
        if (above_half || (mantissa & 1U) != 0) {
            if (++mantissa == 0) {
                mantissa = std::uint64_t{1} << 63U;
                ++exponent;
            }
        }
    }
    return {negative, mantissa, static_cast<std::int32_t>(exponent)};
}

Real operator+(const Real& a, const Real& b) {
    return sum_of(a, b);
}

Real operator-(const Real& a, const Real& b) {
    Real negated = b;
    negated.negative = !b.is_zero() && !b.negative;
    return sum_of(a, negated);
}

Real operator*(const Real& a, const Real& b) {
    return round_to_real(signed_of(a) * signed_of(b), std::int64_t{a.exponent} + b.exponent);
}

Real operator/(const Real& a, const Real& b) {
    if (a.is_zero()) return {};
    const BigInt numerator = magnitude_of(a) << 130U;
    const BigInt quotient = numerator / b.mantissa;
    const bool inexact = quotient * b.mantissa != numerator;
    return round_to_real(a.negative != b.negative ? BigInt(-quotient) : quotient,
                         std::int64_t{a.exponent} - b.exponent - 130, inexact);
}

std::strong_ordering compare(const Real& a, const Real& b) {
    const auto sign = [](const Real& value) { return value.is_zero() ? 0 : value.negative ? -1 : 1; };
    if (sign(a) != sign(b)) return sign(a) <=> sign(b);
    if (sign(a) == 0) return std::strong_ordering::equal;
    auto order = a.exponent <=> b.exponent;
    if (order == 0) order = a.mantissa <=> b.mantissa;
    return a.negative ? 0 <=> order : order;
}

BigInt truncate(const Real& value) {
    BigInt magnitude = magnitude_of(value);
    if (value.exponent >= 0) {
        magnitude <<= static_cast<unsigned>(value.exponent);
    } else {
        magnitude >>= static_cast<unsigned>(-value.exponent);
    }
    return value.negative ? BigInt(-magnitude) : magnitude;
}

Digits shortest_digits(const Real& value) {
    if (value.is_zero()) return {"0", 1};
    Real positive = value;
    positive.negative = false;
    // 10^point is just above the value, or one too far.
    int point =
        static_cast<int>(std::floor((static_cast<double>(value.exponent) + 64.0) * 0.30102999566398120)) + 1;
    if (scale_down(positive, point - 1) == 0) --point;
    for (int count = 1; count <= 21; ++count) {
        BigInt digits = scale_down(positive, point - count);
        if (!(from_scaled(digits, point - count) == positive)) continue;
        std::string text = digits.str();
        const int shift = static_cast<int>(text.size()) - count;
        while (text.size() > 1 && text.back() == '0') text.pop_back();
        return {std::move(text), point + shift};
    }
    return {"0", 1};
}

std::string render_real(const Real& value) {
    std::string out = value.negative ? "-" : "";
    if (value.is_zero()) return "0";
    const Digits digits = shortest_digits(value);
    const auto count = static_cast<int>(digits.digits.size());
    const int exponent = digits.point - 1;
    // Go turns to an exponent below -4 and, with the shortest precision, from 6 on.
    if (!value.is_integer() && (exponent < -4 || exponent >= 6)) return with_exponent(digits, std::move(out));
    if (digits.point <= 0)
        return out + "0." + std::string(static_cast<std::size_t>(-digits.point), '0') + digits.digits;
    if (count <= digits.point)
        return out + digits.digits + std::string(static_cast<std::size_t>(digits.point - count), '0');
    return out + digits.digits.substr(0, static_cast<std::size_t>(digits.point)) + "." +
           digits.digits.substr(static_cast<std::size_t>(digits.point));
}

} // namespace redoubt::rego

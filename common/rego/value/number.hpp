// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Numbers as Open Policy Agent has them: whole numbers of any size are exact; any other number is a binary
/// floating point value with a 64-bit mantissa, which keeps the text it was written with.
/// Source: OPA v1/topdown/arithmetic.go and Go's math/big as their documentation describes them.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>

#include "common/rego/value/arena.hpp"

namespace redoubt::rego {

using BigInt = boost::multiprecision::cpp_int;

/// A floating point value: mantissa * 2^exponent; the mantissa's top bit is set, or it is 0 for zero.
struct Real {
    bool negative = false;
    std::uint64_t mantissa = 0;
    std::int32_t exponent = 0;

    [[nodiscard]] bool is_zero() const { return mantissa == 0; }
    [[nodiscard]] bool is_integer() const;
    bool operator==(const Real&) const = default;
};

/// The nearest Real (ties to even) to magnitude * 2^exponent; `inexact` says that a bit below was cut off.
[[nodiscard]] Real round_to_real(const BigInt& signed_magnitude, std::int64_t exponent, bool inexact = false);
[[nodiscard]] Real operator+(const Real& a, const Real& b);
[[nodiscard]] Real operator-(const Real& a, const Real& b);
[[nodiscard]] Real operator*(const Real& a, const Real& b);
/// `b` must not be zero.
[[nodiscard]] Real operator/(const Real& a, const Real& b);
[[nodiscard]] std::strong_ordering compare(const Real& a, const Real& b);
/// The whole part, towards zero.
[[nodiscard]] BigInt truncate(const Real& value);
/// The fewest decimal digits that read back as this value, and the power of ten: 0.digits * 10^point.
struct Digits {
    std::string digits;
    int point = 0;
};
[[nodiscard]] Digits shortest_digits(const Real& value);
/// As Go's %g with the shortest precision writes it, and %f for whole numbers.
[[nodiscard]] std::string render_real(const Real& value);

/// What a number that is not an int64 consists of; made by the functions below only.
struct NumberRep {
    bool is_integer = false;
    std::uint32_t hash = 0;
    Real real;               ///< rounded, when is_integer
    std::string_view text;   ///< as written
    std::string_view digits; ///< of a whole number: without sign and leading zeros
};

/// A view of a number; 16 bytes, copied freely. Lifetime: the arena its rep lies in.
class Number {
  public:
    constexpr Number() = default;
    constexpr explicit Number(std::int64_t value) : small_(value) {}
    explicit Number(const NumberRep* rep) : rep_(rep) {}

    /// Whether it is held as an int64 (every whole number that fits and was written plainly is).
    [[nodiscard]] bool is_small() const { return rep_ == nullptr; }
    [[nodiscard]] std::int64_t small() const { return small_; }
    [[nodiscard]] const NumberRep* rep() const { return rep_; }

    /// Whether the value is whole, however it was written: 1.0 and 1e2 are.
    [[nodiscard]] bool is_integer() const { return is_small() || rep_->is_integer; }
    /// The value when it is whole and fits.
    [[nodiscard]] std::optional<std::int64_t> to_int64() const;
    /// The value when it is whole.
    [[nodiscard]] std::optional<BigInt> to_big_int() const;
    [[nodiscard]] Real to_real() const;
    [[nodiscard]] double to_double() const;
    /// The text it was written with, or its shortest.
    [[nodiscard]] std::string text() const;
    void append_to(std::string& out) const;
    [[nodiscard]] std::uint32_t hash() const;

  private:
    std::int64_t small_ = 0;
    const NumberRep* rep_ = nullptr;
};

[[nodiscard]] std::strong_ordering compare(const Number& a, const Number& b);

/// More digits, or a larger power of ten, than this are refused: nobody means them.
inline constexpr std::size_t k_max_number_digits = 8192;
inline constexpr std::int64_t k_max_number_exponent = 2048;

/// Reads a number as JSON writes it ("-1.5e3"). Empty: not a number, or beyond the limits above.
[[nodiscard]] std::optional<Number> parse_number(Arena& arena, std::string_view text);
[[nodiscard]] Number make_number(Arena& arena, const BigInt& value);
[[nodiscard]] Number make_number(Arena& arena, const Real& value);
/// The number of a double, as OPA makes one of a float64 (shortest decimal).
[[nodiscard]] Number make_number(Arena& arena, double value);

/// Exact for whole numbers, else rounded. A result of more than 2^17 bits puts the arena over its budget
/// instead.
[[nodiscard]] Number add(Arena& arena, const Number& a, const Number& b);
[[nodiscard]] Number subtract(Arena& arena, const Number& a, const Number& b);
[[nodiscard]] Number multiply(Arena& arena, const Number& a, const Number& b);
/// Empty: divide by zero.
[[nodiscard]] std::optional<Number> divide(Arena& arena, const Number& a, const Number& b);
enum class RemainderFault : std::uint8_t { none, by_zero, not_whole };
struct Remainder {
    RemainderFault fault = RemainderFault::none;
    Number value;
};
[[nodiscard]] Remainder remainder(Arena& arena, const Number& a, const Number& b);

} // namespace redoubt::rego

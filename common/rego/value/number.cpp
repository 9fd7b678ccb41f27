// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/value/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "common/rego/value/layout.hpp"

namespace redoubt::rego {
namespace {

namespace mp = boost::multiprecision;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

BigInt power_of_ten(std::int64_t exponent) {
    return mp::pow(BigInt(10), static_cast<unsigned>(exponent));
}

std::uint32_t hash_integer(bool negative, std::string_view digits) {
    if (digits.size() <= 18) {
        std::int64_t value = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return Value::integer(negative ? -value : value).hash();
    }
    // May still fit an int64, whose hash it must have.
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const std::uint64_t bound = std::uint64_t{1} << 63U;
    if (error == std::errc{} && (value < bound || (negative && value == bound))) {
        return Value::integer(static_cast<std::int64_t>(negative ? ~value + 1 : value)).hash();
    }
    return hash_text(digits) ^ (negative ? 1U : 0U);
}

/// Nobody means numbers of more bits than this; making one ends the evaluation.
constexpr std::int64_t k_max_bits = 1 << 17;

Number give_up(Arena& arena) {
    (void)arena.charge(Arena::k_no_limit);
    return {};
}

std::int64_t bits_of(const Number& number) {
    const Real real = number.to_real();
    return real.is_zero() ? 0 : std::int64_t{real.exponent} + 64;
}

std::uint32_t hash_real(const Real& real) {
    return mix(real.mantissa ^ (static_cast<std::uint64_t>(static_cast<std::uint32_t>(real.exponent)) << 1U) ^
               (real.negative ? 1U : 0U));
}

Number keep_rep(Arena& arena, NumberRep rep) {
    rep.hash = rep.is_integer ? hash_integer(rep.real.negative, rep.digits) : hash_real(rep.real);
    return Number(new (arena.allocate(sizeof(NumberRep))) NumberRep(rep));
}

/// The parts of a decimal number's text.
struct Decimal {
    bool negative = false;
    std::string digits; ///< whole and fraction, without leading and trailing zeros
    std::int64_t exponent = 0;
};

/// Checks the grammar of JSON; gives nothing for other text.
std::optional<Decimal> split_decimal(std::string_view text) {
    Decimal parts;
    std::size_t at = 0;
    const auto peek = [&] { return at < text.size() ? text[at] : '\0'; };
    if (peek() == '-') {
        parts.negative = true;
        ++at;
    }
    if (!is_digit(peek())) return std::nullopt;
    if (peek() == '0' && at + 1 < text.size() && is_digit(text[at + 1])) return std::nullopt;
    while (is_digit(peek())) parts.digits += text[at++];
    if (peek() == '.') {
        ++at;
        if (!is_digit(peek())) return std::nullopt;
        for (; is_digit(peek()); ++at, --parts.exponent) parts.digits += text[at];
    }
    if (peek() == 'e' || peek() == 'E') {
        ++at;
        const bool below = peek() == '-';
        if (peek() == '-' || peek() == '+') ++at;
        if (!is_digit(peek())) return std::nullopt;
        std::int64_t exponent = 0;
        for (; is_digit(peek()); ++at)
            exponent = std::min<std::int64_t>((exponent * 10) + (text[at] - '0'), 1'000'000'000);
        parts.exponent += below ? -exponent : exponent;
    }
    if (at != text.size()) return std::nullopt;
    parts.digits.erase(0, std::min(parts.digits.find_first_not_of('0'), parts.digits.size()));
    while (!parts.digits.empty() && parts.digits.back() == '0') {
        parts.digits.pop_back();
        ++parts.exponent;
    }
    if (parts.digits.empty()) parts.exponent = 0;
    return parts;
}

Real real_of(const Decimal& parts) {
    if (parts.digits.empty()) return {};
    BigInt magnitude(parts.digits);
    if (parts.negative) magnitude = -magnitude;
    if (parts.exponent >= 0) return round_to_real(magnitude * power_of_ten(parts.exponent), 0);
    const BigInt divisor = power_of_ten(-parts.exponent);
    const unsigned shift = static_cast<unsigned>(mp::msb(divisor)) + 66U;
    const BigInt scaled = mp::abs(magnitude) << shift;
    const BigInt quotient = scaled / divisor;
    return round_to_real(parts.negative ? BigInt(-quotient) : quotient, -std::int64_t{shift},
                         scaled % divisor != 0);
}

/// A whole number's rep, from its digits.
NumberRep whole_rep(Arena& arena, bool negative, const std::string& digits, std::string_view text) {
    NumberRep rep;
    rep.is_integer = true;
    rep.text = arena.keep(text);
    rep.digits = arena.keep(digits);
    BigInt magnitude(digits);
    rep.real = round_to_real(negative ? BigInt(-magnitude) : magnitude, 0);
    return rep;
}

} // namespace

std::optional<std::int64_t> Number::to_int64() const {
    if (is_small()) return small_;
    if (!rep_->is_integer) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(rep_->digits.data(), rep_->digits.data() + rep_->digits.size(), value);
    const std::uint64_t bound = std::uint64_t{1} << 63U;
    if (error != std::errc{} || value > bound || (value == bound && !rep_->real.negative))
        return std::nullopt;
    return static_cast<std::int64_t>(rep_->real.negative ? ~value + 1 : value);
}

std::optional<BigInt> Number::to_big_int() const {
    if (is_small()) return BigInt(small_);
    if (!rep_->is_integer) return std::nullopt;
    BigInt value{std::string(rep_->digits)};
    if (rep_->real.negative) value = -value;
    return value;
}

Real Number::to_real() const {
    return is_small() ? round_to_real(BigInt(small_), 0) : rep_->real;
}

double Number::to_double() const {
    if (is_small()) return static_cast<double>(small_);
    const std::string written = text();
    double value = 0;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
    if (error != std::errc::result_out_of_range) return value;
    const double huge = rep_->real.exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    return rep_->real.negative ? -huge : huge;
}

std::string Number::text() const {
    std::string out;
    append_to(out);
    return out;
}

void Number::append_to(std::string& out) const {
    if (!is_small()) {
        out += rep_->text;
        return;
    }
    std::array<char, 24> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), small_);
    out.append(buffer.data(), end);
}

std::uint32_t Number::hash() const {
    return is_small() ? Value::integer(small_).hash() : rep_->hash;
}

std::strong_ordering compare(const Number& a, const Number& b) {
    if (a.is_small() && b.is_small()) return a.small() <=> b.small();
    if (a.is_integer() && b.is_integer()) {
        const auto order = compare(a.to_real(), b.to_real());
        if (order != 0) return order;
        // Equal to 64 bits: the digits decide.
        const std::string mine = a.is_small() ? std::to_string(a.small()) : std::string(a.rep()->digits);
        const std::string other = b.is_small() ? std::to_string(b.small()) : std::string(b.rep()->digits);
        const bool negative = a.to_real().negative;
        const auto strip = [](const std::string& text) {
            return text.starts_with('-') ? text.substr(1) : text;
        };
        const std::string left = strip(mine);
        const std::string right = strip(other);
        auto magnitude = left.size() <=> right.size();
        if (magnitude == 0) magnitude = left <=> right;
        return negative ? 0 <=> magnitude : magnitude;
    }
    return compare(a.to_real(), b.to_real());
}

std::optional<Number> parse_number(Arena& arena, std::string_view text) {
    if (text.size() <= 18) {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const std::size_t sign = text.starts_with('-') ? 1 : 0;
        const bool leading = text.size() > sign + 1 && text[sign] == '0';
        if (error == std::errc{} && end == text.data() + text.size() && !leading &&
            !(sign == 1 && value == 0))
            return Number(value);
    }
    if (text.size() > k_max_number_digits) return std::nullopt;
    const auto parts = split_decimal(text);
    if (!parts || parts->exponent > k_max_number_exponent || parts->exponent < -k_max_number_exponent)
        return std::nullopt;
    if (parts->exponent >= 0) {
        std::string digits = parts->digits.empty() ? "0" : parts->digits;
        if (!parts->digits.empty()) digits.append(static_cast<std::size_t>(parts->exponent), '0');
        NumberRep rep = whole_rep(arena, parts->negative && digits != "0", digits, text);
        const Number whole = Number(&rep);
        const auto small = whole.to_int64();
        if (small && text == std::to_string(*small)) return Number(*small);
        return keep_rep(arena, rep);
    }
    NumberRep rep;
    rep.real = real_of(*parts);
    if (rep.real.is_integer()) {
        const BigInt whole = truncate(rep.real);
        return keep_rep(arena, whole_rep(arena, rep.real.negative, BigInt(mp::abs(whole)).str(), text));
    }
    rep.text = arena.keep(text);
    return keep_rep(arena, rep);
}

Number make_number(Arena& arena, const BigInt& value) {
    if (value >= std::numeric_limits<std::int64_t>::min() &&
        value <= std::numeric_limits<std::int64_t>::max()) {
        return Number(static_cast<std::int64_t>(value));
    }
    if (static_cast<std::int64_t>(mp::msb(mp::abs(value))) > k_max_bits) return give_up(arena);
    const std::string text = value.str();
    return keep_rep(arena, whole_rep(arena, value < 0, value < 0 ? text.substr(1) : text, text));
}

Number make_number(Arena& arena, const Real& value) {
    if (value.exponent > k_max_bits || value.exponent < -k_max_bits) return give_up(arena);
    // The shortest digits of a whole number are padded with zeros, and so may differ from its exact ones.
    const std::string text = render_real(value);
    return parse_number(arena, text).value_or(Number());
}

Number make_number(Arena& arena, double value) {
    std::array<char, 512> buffer{};
    const bool whole = std::floor(value) == value;
    const auto format = whole ? std::chars_format::fixed : std::chars_format::scientific;
    const auto [end, error] = whole
                                  ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format)
                                  : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return parse_number(arena, {buffer.data(), end}).value_or(Number());
}

Number add(Arena& arena, const Number& a, const Number& b) {
    std::int64_t sum = 0;
    if (a.is_small() && b.is_small() && !__builtin_add_overflow(a.small(), b.small(), &sum))
        return Number(sum);
    if (a.is_integer() && b.is_integer())
        return make_number(arena, BigInt(*a.to_big_int() + *b.to_big_int()));
    return make_number(arena, a.to_real() + b.to_real());
}

Number subtract(Arena& arena, const Number& a, const Number& b) {
    std::int64_t difference = 0;
    if (a.is_small() && b.is_small() && !__builtin_sub_overflow(a.small(), b.small(), &difference))
        return Number(difference);
    if (a.is_integer() && b.is_integer())
        return make_number(arena, BigInt(*a.to_big_int() - *b.to_big_int()));
    return make_number(arena, a.to_real() - b.to_real());
}

Number multiply(Arena& arena, const Number& a, const Number& b) {
    std::int64_t product = 0;
    if (a.is_small() && b.is_small() && !__builtin_mul_overflow(a.small(), b.small(), &product))
        return Number(product);
    if (bits_of(a) + bits_of(b) > k_max_bits) return give_up(arena);
    if (a.is_integer() && b.is_integer())
        return make_number(arena, BigInt(*a.to_big_int() * *b.to_big_int()));
    return make_number(arena, a.to_real() * b.to_real());
}

std::optional<Number> divide(Arena& arena, const Number& a, const Number& b) {
    if (b.to_real().is_zero()) return std::nullopt;
    if (a.is_small() && b.is_small() && b.small() != -1 && a.small() % b.small() == 0)
        return Number(a.small() / b.small());
    return make_number(arena, a.to_real() / b.to_real());
}

Remainder remainder(Arena& arena, const Number& a, const Number& b) {
    if (!a.is_integer() || !b.is_integer()) return {RemainderFault::not_whole, {}};
    if (b.to_real().is_zero()) return {RemainderFault::by_zero, {}};
    if (a.is_small() && b.is_small())
        return {RemainderFault::none, Number(b.small() == -1 ? 0 : a.small() % b.small())};
    return {RemainderFault::none, make_number(arena, BigInt(*a.to_big_int() % *b.to_big_int()))};
}

} // namespace redoubt::rego

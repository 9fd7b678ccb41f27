// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

// bits.* on whole numbers of any size, as two's complement, and the ranges of whole numbers.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// A shift further than this makes a number nobody means.
constexpr std::int64_t k_max_shift = 1 << 16;

template <class Operation>
BuiltinResult combined(BuiltinContext& context, Operands operands) {
    RDT_TRY(const BigInt a, big_integer_operand(operands[0], 1));
    RDT_TRY(const BigInt b, big_integer_operand(operands[1], 2));
    return Value::number(make_number(context.arena(), Operation{}(a, b)));
}

struct And {
    BigInt operator()(const BigInt& a, const BigInt& b) const { return a & b; }
};
struct Or {
    BigInt operator()(const BigInt& a, const BigInt& b) const { return a | b; }
};
struct Xor {
    BigInt operator()(const BigInt& a, const BigInt& b) const { return a ^ b; }
};

BuiltinResult negate(BuiltinContext& context, Operands operands) {
    RDT_TRY(const BigInt value, big_integer_operand(operands[0], 1));
    return Value::number(make_number(context.arena(), BigInt(-value - 1)));
}

Operanded<std::int64_t> shift_operand(const Value& value) {
    RDT_TRY(const std::int64_t shift, integer_operand(value, 2));
    if (shift < 0) return operand_error(2, "must be an unsigned integer number but got a negative integer");
    return shift;
}

BuiltinResult shift_left(BuiltinContext& context, Operands operands) {
    RDT_TRY(const BigInt value, big_integer_operand(operands[0], 1));
    RDT_TRY(const std::int64_t shift, shift_operand(operands[1]));
    if (value.is_zero()) return Value::integer(0);
    if (shift > k_max_shift) return limit_error("shift of " + std::to_string(shift) + " bits is too far");
    const BigInt magnitude = boost::multiprecision::abs(value) << static_cast<unsigned>(shift);
    return Value::number(make_number(context.arena(), value < 0 ? BigInt(-magnitude) : magnitude));
}

BuiltinResult shift_right(BuiltinContext& context, Operands operands) {
    RDT_TRY(const BigInt value, big_integer_operand(operands[0], 1));
    RDT_TRY(const std::int64_t shift, shift_operand(operands[1]));
    const auto bits = static_cast<unsigned>(std::min<std::int64_t>(shift, 1 << 20));
    // Towards minus infinity: -x >> n is -(((x - 1) >> n) + 1).
    if (value < 0) {
        const BigInt magnitude = (BigInt(-value - 1) >> bits) + 1;
        return Value::number(make_number(context.arena(), BigInt(-magnitude)));
    }
    return Value::number(make_number(context.arena(), BigInt(value >> bits)));
}

BuiltinResult range_of(BuiltinContext& context, const BigInt& from, const BigInt& to, const BigInt& step) {
    const BigInt distance = boost::multiprecision::abs(BigInt(to - from));
    const BigInt last = distance / step;
    const BigInt ceiling = 1 << 28;
    if (last > ceiling) return limit_error("a range of that many numbers is too long");
    const auto count = static_cast<std::size_t>(last) + 1;
    if (!context.charge(count * sizeof(Value))) return memory_limit_error();
    if (!context.work(count)) return step_limit_error();
    ArrayBuilder numbers;
    numbers.reserve(count);
    BigInt at = from;
    const BigInt stride = to < from ? BigInt(-step) : step;
    for (std::size_t i = 0; i < count; ++i, at += stride) {
        numbers.push(Value::number(make_number(context.arena(), at)));
        if (context.arena().is_over()) return memory_limit_error();
    }
    return numbers.build(context.arena());
}

BuiltinResult numbers_range(BuiltinContext& context, Operands operands) {
    RDT_TRY(const BigInt from, big_integer_operand(operands[0], 1));
    RDT_TRY(const BigInt to, big_integer_operand(operands[1], 2));
    return range_of(context, from, to, 1);
}

BuiltinResult numbers_range_step(BuiltinContext& context, Operands operands) {
    RDT_TRY(const BigInt from, big_integer_operand(operands[0], 1));
    RDT_TRY(const BigInt to, big_integer_operand(operands[1], 2));
    RDT_TRY(const BigInt step, big_integer_operand(operands[2], 3));
    if (step <= 0) return builtin_error("numbers.range_step: step must be a positive integer");
    return range_of(context, from, to, step);
}

constexpr Operand k_whole = named("integer", Kind::number);
constexpr Operand k_number = one_of(Kind::number);

constexpr Builtin k_bits[] = {
    {.name = "bits.and", .operands = {k_whole, k_whole}, .arity = 2, .function = combined<And>},
    {.name = "bits.or", .operands = {k_whole, k_whole}, .arity = 2, .function = combined<Or>},
    {.name = "bits.xor", .operands = {k_whole, k_whole}, .arity = 2, .function = combined<Xor>},
    {.name = "bits.negate", .operands = {k_whole}, .arity = 1, .function = negate},
    {.name = "bits.lsh", .operands = {k_whole, k_number}, .arity = 2, .function = shift_left},
    {.name = "bits.rsh", .operands = {k_whole, k_number}, .arity = 2, .function = shift_right},
    {.name = "numbers.range", .operands = {k_whole, k_whole}, .arity = 2, .function = numbers_range},
    {.name = "numbers.range_step",
     .operands = {k_whole, k_whole, k_whole},
     .arity = 3,
     .function = numbers_range_step},
};

} // namespace

std::span<const Builtin> bits_builtins() {
    return k_bits;
}

} // namespace redoubt::rego

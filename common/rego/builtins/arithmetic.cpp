// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <array>
#include <functional>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

// Operators and rounding. Source: OPA's reference, "Numbers"; its arithmetic on whole numbers is exact, the
// rest is done on 64-bit mantissas, and that shows: abs() of a whole number beyond 64 bits is rounded.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

constexpr Real k_half{.negative = false, .mantissa = std::uint64_t{1} << 63U, .exponent = -64};

BuiltinResult number_result(const Number& number) {
    return Value::number(number);
}

BuiltinResult plus(BuiltinContext& context, Operands operands) {
    return number_result(add(context.arena(), operands[0].as_number(), operands[1].as_number()));
}

Value set_difference(BuiltinContext& context, const Value& from, const Value& taken) {
    ArrayBuilder left;
    for (const Value& item : from.items()) {
        if (!taken.contains(item)) left.push(item);
    }
    return make_sorted_set(context.arena(), left.items());
}

BuiltinResult minus(BuiltinContext& context, Operands operands) {
    const Value& a = operands[0];
    const Value& b = operands[1];
    if (a.is_number() && b.is_number())
        return number_result(subtract(context.arena(), a.as_number(), b.as_number()));
    if (a.is_set() && b.is_set()) {
        if (!context.charge(a.size() * sizeof(Value))) return memory_limit_error();
        if (!context.work(a.size())) return step_limit_error();
        return set_difference(context, a, b);
    }
    if (!a.is_number() && !a.is_set()) return operand_error(1, a, {Kind::number, Kind::set});
    if (b.is_number()) return operand_error(2, b, {Kind::set});
    return operand_error(2, b, {Kind::number});
}

BuiltinResult mul(BuiltinContext& context, Operands operands) {
    return number_result(multiply(context.arena(), operands[0].as_number(), operands[1].as_number()));
}

BuiltinResult div(BuiltinContext& context, Operands operands) {
    const auto quotient = divide(context.arena(), operands[0].as_number(), operands[1].as_number());
    if (!quotient) return builtin_error("divide by zero");
    return number_result(*quotient);
}

BuiltinResult rem(BuiltinContext& context, Operands operands) {
    const Remainder result = remainder(context.arena(), operands[0].as_number(), operands[1].as_number());
    if (result.fault == RemainderFault::by_zero) return builtin_error("modulo by zero");
    if (result.fault == RemainderFault::not_whole) return builtin_error("modulo on floating-point number");
    return number_result(result.value);
}

BuiltinResult abs(BuiltinContext& context, Operands operands) {
    const Number number = operands[0].as_number();
    if (number.is_small() && number.small() >= 0) return operands[0];
    if (number.is_small() && number.small() > INT64_MIN) return Value::integer(-number.small());
    Real real = number.to_real();
    real.negative = false;
    return number_result(make_number(context.arena(), real));
}

using Rounding = BigInt (*)(const Real& value);

/// Half away from zero.
BigInt nearest(const Real& value) {
    return truncate(value.negative ? value - k_half : value + k_half);
}

/// Up; what lies between -1 and 0 goes to 1, as it does in OPA.
BigInt upper(const Real& value) {
    BigInt whole = truncate(value);
    if (whole < 0 || value.is_integer()) return whole;
    return whole + 1;
}

/// Down; what lies between -1 and 0 goes to 0, as it does in OPA.
BigInt lower(const Real& value) {
    BigInt whole = truncate(value);
    if (whole >= 0 || value.is_integer()) return whole;
    return whole - 1;
}

BuiltinResult rounded(BuiltinContext& context, Operands operands, Rounding rounding) {
    const Number number = operands[0].as_number();
    if (number.is_small()) return operands[0];
    return number_result(make_number(context.arena(), rounding(number.to_real())));
}

BuiltinResult round(BuiltinContext& context, Operands operands) {
    return rounded(context, operands, nearest);
}
BuiltinResult ceil(BuiltinContext& context, Operands operands) {
    return rounded(context, operands, upper);
}
BuiltinResult floor(BuiltinContext& context, Operands operands) {
    return rounded(context, operands, lower);
}

template <class Relation>
BuiltinResult compared(BuiltinContext& /*context*/, Operands operands) {
    const auto order = compare(operands[0], operands[1]);
    return Value::boolean(Relation{}(order < 0 ? -1 : order > 0 ? 1 : 0, 0));
}

constexpr Operand k_number = one_of(Kind::number);
constexpr std::array<Operand, 6> k_two_numbers{k_number, k_number};
constexpr std::array<Operand, 6> k_one_number{k_number};

constexpr Builtin k_arithmetic[] = {
    {.name = "plus", .operands = k_two_numbers, .arity = 2, .infix = "+", .function = plus},
    {.name = "minus",
     .operands = {constants_of(Kind::number, Kind::set), constants_of(Kind::number, Kind::set)},
     .arity = 2,
     .infix = "-",
     .function = minus},
    {.name = "mul", .operands = k_two_numbers, .arity = 2, .infix = "*", .function = mul},
    {.name = "div", .operands = k_two_numbers, .arity = 2, .infix = "/", .function = div},
    {.name = "rem", .operands = k_two_numbers, .arity = 2, .infix = "%", .function = rem},
    {.name = "abs", .operands = k_one_number, .arity = 1, .function = abs},
    {.name = "round", .operands = k_one_number, .arity = 1, .function = round},
    {.name = "ceil", .operands = k_one_number, .arity = 1, .function = ceil},
    {.name = "floor", .operands = k_one_number, .arity = 1, .function = floor},
    {.name = "equal", .arity = 2, .infix = "==", .function = compared<std::equal_to<>>},
    {.name = "neq", .arity = 2, .infix = "!=", .function = compared<std::not_equal_to<>>},
    {.name = "lt", .arity = 2, .infix = "<", .function = compared<std::less<>>},
    {.name = "lte", .arity = 2, .infix = "<=", .function = compared<std::less_equal<>>},
    {.name = "gt", .arity = 2, .infix = ">", .function = compared<std::greater<>>},
    {.name = "gte", .arity = 2, .infix = ">=", .function = compared<std::greater_equal<>>},
};

} // namespace

std::span<const Builtin> arithmetic_builtins() {
    return k_arithmetic;
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <cmath>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

// What kind a value is, and making numbers of other kinds; the casts of Rego v0.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// False is a result of these, not a failure.
template <Kind kind>
BuiltinResult is_kind(BuiltinContext& /*context*/, Operands operands) {
    return Value::boolean(operands[0].kind() == kind);
}

BuiltinResult type_name(BuiltinContext& context, Operands operands) {
    return make_string(context.arena(), name_of(operands[0].kind()));
}

bool is_infinity_or_nan(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of("+-"), text.size()));
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return lower == "inf" || lower == "infinity" || lower == "nan";
}

BuiltinResult number_of_text(BuiltinContext& context, const Value& operand) {
    const std::string_view text = operand.as_string();
    if (is_infinity_or_nan(text)) return operand_error(1, "must be valid number string but got string");
    const std::string quoted = "strconv.ParseFloat: parsing \"" + std::string(text.substr(0, 256)) + "\": ";
    const std::string spelling =
        text.size() <= 2 * k_max_number_digits ? json_number_spelling(text) : std::string();
    if (spelling.empty()) return builtin_error(quoted + "invalid syntax");
    const auto number = parse_number(context.arena(), spelling);
    if (!number || std::isinf(number->to_double())) return builtin_error(quoted + "value out of range");
    return Value::number(*number);
}

BuiltinResult to_number(BuiltinContext& context, Operands operands) {
    const Value& value = operands[0];
    if (value.is_null() || value.is_false()) return Value::integer(0);
    if (value.is_true()) return Value::integer(1);
    if (value.is_number()) return value;
    return number_of_text(context, value);
}

BuiltinResult same(BuiltinContext& /*context*/, Operands operands) {
    return operands[0];
}

BuiltinResult cast_array(BuiltinContext& context, Operands operands) {
    if (operands[0].is_array()) return operands[0];
    if (!context.charge(operands[0].size() * sizeof(Value))) return memory_limit_error();
    return make_array(context.arena(), operands[0].items());
}

BuiltinResult cast_set(BuiltinContext& context, Operands operands) {
    if (operands[0].is_set()) return operands[0];
    const std::span<const Value> items = operands[0].items();
    if (!context.charge(items.size() * sizeof(Value) * 2)) return memory_limit_error();
    std::vector<Value> elements(items.begin(), items.end());
    return make_set(context.arena(), elements);
}

constexpr Operand k_array_or_set = called_with(Kind::array, Kind::set);

constexpr Builtin k_kinds[] = {
    {.name = "is_null", .arity = 1, .function = is_kind<Kind::null>},
    {.name = "is_boolean", .arity = 1, .function = is_kind<Kind::boolean>},
    {.name = "is_number", .arity = 1, .function = is_kind<Kind::number>},
    {.name = "is_string", .arity = 1, .function = is_kind<Kind::string>},
    {.name = "is_array", .arity = 1, .function = is_kind<Kind::array>},
    {.name = "is_object", .arity = 1, .function = is_kind<Kind::object>},
    {.name = "is_set", .arity = 1, .function = is_kind<Kind::set>},
    {.name = "type_name", .arity = 1, .function = type_name},
    {.name = "to_number",
     .operands = {one_of(Kind::null, Kind::boolean, Kind::number, Kind::string)},
     .arity = 1,
     .function = to_number},
    {.name = "cast_array", .operands = {k_array_or_set}, .arity = 1, .v0_only = true, .function = cast_array},
    {.name = "cast_set", .operands = {k_array_or_set}, .arity = 1, .v0_only = true, .function = cast_set},
    {.name = "cast_string",
     .operands = {called_with(Kind::string)},
     .arity = 1,
     .v0_only = true,
     .function = same},
    {.name = "cast_boolean",
     .operands = {called_with(Kind::boolean)},
     .arity = 1,
     .v0_only = true,
     .function = same},
    {.name = "cast_null",
     .operands = {called_with(Kind::null)},
     .arity = 1,
     .v0_only = true,
     .function = same},
    {.name = "cast_object",
     .operands = {called_with(Kind::object)},
     .arity = 1,
     .v0_only = true,
     .function = same},
};

} // namespace

std::span<const Builtin> kind_builtins() {
    return k_kinds;
}

} // namespace redoubt::rego

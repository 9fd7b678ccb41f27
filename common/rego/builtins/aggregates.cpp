// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/utf8.hpp"

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

BuiltinResult count(BuiltinContext& context, Operands operands) {
    const Value& value = operands[0];
    if (!value.is_string()) return Value::integer(static_cast<std::int64_t>(value.size()));
    if (!context.work(value.size() / 64)) return step_limit_error();
    return Value::integer(static_cast<std::int64_t>(count_runes(value.as_string())));
}

/// Whole numbers are combined exactly; if one is not whole, all are combined as 64-bit mantissas.
struct Fold {
    Number (*exact)(Arena&, const Number&, const Number&);
    Real (*rounded)(const Real&, const Real&);
    std::int64_t start;
};

BuiltinResult folded(BuiltinContext& context, const Value& collection, const Fold& fold) {
    if (!context.work(collection.size())) return step_limit_error();
    bool exact = true;
    for (const Value& item : collection.items()) {
        if (!item.is_number()) return element_error(1, collection, item, "number");
        exact = exact && item.as_number().is_integer();
    }
    if (exact) {
        Number total(fold.start);
        for (const Value& item : collection.items()) {
            total = fold.exact(context.arena(), total, item.as_number());
            if (context.arena().is_over()) return memory_limit_error();
        }
        return Value::number(total);
    }
    Real total = Number(fold.start).to_real();
    for (const Value& item : collection.items()) total = fold.rounded(total, item.as_number().to_real());
    return Value::number(make_number(context.arena(), total));
}

BuiltinResult sum(BuiltinContext& context, Operands operands) {
    return folded(context, operands[0], {add, [](const Real& a, const Real& b) { return a + b; }, 0});
}

BuiltinResult product(BuiltinContext& context, Operands operands) {
    return folded(context, operands[0], {multiply, [](const Real& a, const Real& b) { return a * b; }, 1});
}

BuiltinResult max(BuiltinContext& context, Operands operands) {
    if (!context.work(operands[0].size())) return step_limit_error();
    Value best;
    for (const Value& item : operands[0].items()) {
        if (best.is_undefined() || compare(best, item) <= 0) best = item;
    }
    return best;
}

BuiltinResult min(BuiltinContext& context, Operands operands) {
    if (!context.work(operands[0].size())) return step_limit_error();
    Value best;
    for (const Value& item : operands[0].items()) {
        if (best.is_undefined() || compare(best, item) >= 0) best = item;
    }
    return best;
}

BuiltinResult sort(BuiltinContext& context, Operands operands) {
    const std::span<const Value> items = operands[0].items();
    if (!context.charge(items.size() * sizeof(Value) * 2)) return memory_limit_error();
    if (!context.work(items.size())) return step_limit_error();
    std::vector<Value> sorted(items.begin(), items.end());
    if (operands[0].is_array()) {
        std::ranges::stable_sort(sorted, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
    }
    return make_array(context.arena(), sorted);
}

BuiltinResult all(BuiltinContext& /*context*/, Operands operands) {
    return Value::boolean(std::ranges::all_of(operands[0].items(), &Value::is_true));
}

BuiltinResult any(BuiltinContext& /*context*/, Operands operands) {
    return Value::boolean(std::ranges::any_of(operands[0].items(), &Value::is_true));
}

constexpr Operand k_set_or_array = one_of(Kind::set, Kind::array);
constexpr Operand k_array_or_set = one_of(Kind::array, Kind::set);

constexpr Builtin k_aggregates[] = {
    {.name = "count",
     .operands = {one_of(Kind::array, Kind::object, Kind::set, Kind::string)},
     .arity = 1,
     .function = count},
    {.name = "sum", .operands = {k_set_or_array}, .arity = 1, .function = sum},
    {.name = "product", .operands = {k_set_or_array}, .arity = 1, .function = product},
    {.name = "max", .operands = {k_set_or_array}, .arity = 1, .function = max},
    {.name = "min", .operands = {k_set_or_array}, .arity = 1, .function = min},
    {.name = "sort", .operands = {k_set_or_array}, .arity = 1, .function = sort},
    {.name = "all", .operands = {k_array_or_set}, .arity = 1, .v0_only = true, .function = all},
    {.name = "any", .operands = {k_array_or_set}, .arity = 1, .v0_only = true, .function = any},
};

} // namespace

std::span<const Builtin> aggregate_builtins() {
    return k_aggregates;
}

} // namespace redoubt::rego

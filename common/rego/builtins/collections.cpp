// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

// Arrays and sets.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// Room and steps for an array of that many items.
bool affords(BuiltinContext& context, std::size_t count) {
    return context.charge(count * sizeof(Value)) && context.work(count);
}

BuiltinResult array_concat(BuiltinContext& context, Operands operands) {
    const std::span<const Value> a = operands[0].items();
    const std::span<const Value> b = operands[1].items();
    if (!affords(context, a.size() + b.size())) return memory_limit_error();
    std::vector<Value> joined(a.begin(), a.end());
    joined.insert(joined.end(), b.begin(), b.end());
    return make_array(context.arena(), joined);
}

BuiltinResult array_slice(BuiltinContext& context, Operands operands) {
    const std::span<const Value> items = operands[0].items();
    RDT_TRY(std::int64_t start, integer_operand(operands[1], 2));
    RDT_TRY(std::int64_t stop, integer_operand(operands[2], 3));
    stop = std::clamp<std::int64_t>(stop, 0, static_cast<std::int64_t>(items.size()));
    start = std::clamp<std::int64_t>(start, 0, stop);
    const auto count = static_cast<std::size_t>(stop - start);
    if (!affords(context, count)) return memory_limit_error();
    return make_array(context.arena(), items.subspan(static_cast<std::size_t>(start), count));
}

BuiltinResult array_reverse(BuiltinContext& context, Operands operands) {
    const std::span<const Value> items = operands[0].items();
    if (!affords(context, items.size())) return memory_limit_error();
    const std::vector<Value> reversed(items.rbegin(), items.rend());
    return make_array(context.arena(), reversed);
}

BuiltinResult array_flatten(BuiltinContext& context, Operands operands) {
    std::size_t count = 0;
    for (const Value& item : operands[0].items()) count += item.is_array() ? item.size() : 1;
    if (!affords(context, count)) return memory_limit_error();
    ArrayBuilder flat;
    flat.reserve(count);
    for (const Value& item : operands[0].items()) {
        if (!item.is_array()) {
            flat.push(item);
            continue;
        }
        for (const Value& inner : item.items()) flat.push(inner);
    }
    return flat.build(context.arena());
}

Value shared_items(Arena& arena, const Value& a, const Value& b) {
    ArrayBuilder shared;
    for (const Value& item : a.items()) {
        if (b.contains(item)) shared.push(item);
    }
    return make_sorted_set(arena, shared.items());
}

BuiltinResult set_and(BuiltinContext& context, Operands operands) {
    const bool first_smaller = operands[0].size() <= operands[1].size();
    const Value& small = operands[first_smaller ? 0 : 1];
    if (!affords(context, small.size())) return memory_limit_error();
    return shared_items(context.arena(), small, operands[first_smaller ? 1 : 0]);
}

BuiltinResult set_or(BuiltinContext& context, Operands operands) {
    const std::span<const Value> a = operands[0].items();
    const std::span<const Value> b = operands[1].items();
    if (!affords(context, a.size() + b.size())) return memory_limit_error();
    std::vector<Value> merged;
    merged.reserve(a.size() + b.size());
    std::ranges::set_union(a, b, std::back_inserter(merged),
                           [](const Value& x, const Value& y) { return compare(x, y) < 0; });
    return make_sorted_set(context.arena(), merged);
}

BuiltinResult set_diff(BuiltinContext& context, Operands operands) {
    if (!affords(context, operands[0].size())) return memory_limit_error();
    ArrayBuilder left;
    for (const Value& item : operands[0].items()) {
        if (!operands[1].contains(item)) left.push(item);
    }
    return make_sorted_set(context.arena(), left.items());
}

BuiltinResult intersection(BuiltinContext& context, Operands operands) {
    Value result = Value::empty_set();
    bool first = true;
    for (const Value& item : operands[0].items()) {
        if (!item.is_set()) return operand_error(1, item, {Kind::set});
        if (!affords(context, first ? 0 : result.size())) return memory_limit_error();
        result = first ? item : shared_items(context.arena(), result, item);
        first = false;
    }
    return result;
}

BuiltinResult set_union(BuiltinContext& context, Operands operands) {
    std::size_t count = 0;
    for (const Value& item : operands[0].items()) {
        if (!item.is_set()) return operand_error(1, item, {Kind::set});
        count += item.size();
    }
    if (!affords(context, count)) return memory_limit_error();
    std::vector<Value> all;
    all.reserve(count);
    for (const Value& item : operands[0].items()) {
        for (const Value& element : item.items()) all.push_back(element);
    }
    return make_set(context.arena(), all);
}

constexpr Operand k_array = one_of(Kind::array);
constexpr Operand k_set = one_of(Kind::set);
constexpr Operand k_number = one_of(Kind::number);

constexpr Builtin k_collections[] = {
    {.name = "array.concat", .operands = {k_array, k_array}, .arity = 2, .function = array_concat},
    {.name = "array.slice", .operands = {k_array, k_number, k_number}, .arity = 3, .function = array_slice},
    {.name = "array.reverse", .operands = {k_array}, .arity = 1, .function = array_reverse},
    {.name = "array.flatten", .operands = {k_array}, .arity = 1, .function = array_flatten},
    {.name = "and", .operands = {k_set, k_set}, .arity = 2, .infix = "&", .function = set_and},
    {.name = "or", .operands = {k_set, k_set}, .arity = 2, .infix = "|", .function = set_or},
    {.name = "set_diff", .operands = {k_set, k_set}, .arity = 2, .v0_only = true, .function = set_diff},
    {.name = "intersection", .operands = {k_set}, .arity = 1, .function = intersection},
    {.name = "union", .operands = {k_set}, .arity = 1, .function = set_union},
};

} // namespace

std::span<const Builtin> collection_builtins() {
    return k_collections;
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// Room and steps for an object of that many members.
bool affords(BuiltinContext& context, std::size_t count) {
    return context.charge(count * sizeof(Member)) && context.work(count);
}

/// What a path of keys leads to, through objects, arrays and sets.
Value found_at(Value value, std::span<const Value> path) {
    for (const Value& key : path) {
        if (value.is_undefined()) return value;
        value = value.at(key);
    }
    return value;
}

BuiltinResult object_get(BuiltinContext& context, Operands operands) {
    const Value& key = operands[1];
    if (!context.work(key.is_array() ? key.size() : 1)) return step_limit_error();
    const Value found = key.is_array() ? found_at(operands[0], key.items()) : operands[0].at(key);
    return found.is_defined() ? found : operands[2];
}

BuiltinResult object_keys(BuiltinContext& context, Operands operands) {
    const std::span<const Member> members = operands[0].members();
    if (!affords(context, members.size())) return memory_limit_error();
    ArrayBuilder keys;
    keys.reserve(members.size());
    for (const Member& member : members) keys.push(member.key);
    return make_sorted_set(context.arena(), keys.items());
}

/// The keys that an array, a set or an object names, as a set or object to look them up in.
Value keys_named(BuiltinContext& context, const Value& value) {
    if (!value.is_array()) return value;
    std::vector<Value> items(value.items().begin(), value.items().end());
    return make_set(context.arena(), items);
}

BuiltinResult kept_members(BuiltinContext& context, Operands operands, bool keep_named) {
    const std::span<const Member> members = operands[0].members();
    if (!affords(context, members.size() + operands[1].size())) return memory_limit_error();
    const Value named = keys_named(context, operands[1]);
    std::vector<Member> kept;
    for (const Member& member : members) {
        if (named.at(member.key).is_defined() == keep_named) kept.push_back(member);
    }
    return make_sorted_object(context.arena(), kept);
}

BuiltinResult object_remove(BuiltinContext& context, Operands operands) {
    return kept_members(context, operands, /*keep_named=*/false);
}

BuiltinResult object_filter(BuiltinContext& context, Operands operands) {
    return kept_members(context, operands, /*keep_named=*/true);
}

/// Both objects' members; where both have a key, objects are merged and else the second's value stays.
/// Undefined: over the budget.
Value merged(BuiltinContext& context, const Value& a, const Value& b) {
    if (!affords(context, a.size() + b.size())) return {};
    std::vector<Member> members;
    members.reserve(a.size() + b.size());
    const auto left = a.members();
    const auto right = b.members();
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < left.size() || j < right.size()) {
        const auto order = i == left.size()    ? std::strong_ordering::greater
                           : j == right.size() ? std::strong_ordering::less
                                               : compare(left[i].key, right[j].key);
        if (order < 0) {
            members.push_back(left[i++]);
        } else if (order > 0) {
            members.push_back(right[j++]);
        } else {
            Value value = right[j].value;
            if (left[i].value.is_object() && value.is_object()) value = merged(context, left[i].value, value);
            if (value.is_undefined()) return value;
            members.push_back({left[i].key, value});
            ++i;
            ++j;
        }
    }
    return make_sorted_object(context.arena(), members);
}

BuiltinResult object_union(BuiltinContext& context, Operands operands) {
    const Value result = merged(context, operands[0], operands[1]);
    if (result.is_undefined()) return memory_limit_error();
    return result;
}

BuiltinResult object_union_n(BuiltinContext& context, Operands operands) {
    for (const Value& item : operands[0].items()) {
        if (!item.is_object()) return element_error(1, operands[0], item, "object");
    }
    Value result = Value::empty_object();
    for (const Value& item : operands[0].items()) {
        result = merged(context, result, item);
        if (result.is_undefined()) return memory_limit_error();
    }
    return result;
}

bool array_has_run(std::span<const Value> whole, std::span<const Value> part) {
    // OPA's own search: on a mismatch it goes on one item after where the run started.
    return part.empty() || std::ranges::search(whole, part, [](const Value& a, const Value& b) {
                               return a == b;
                           }).begin() != whole.end();
}

bool is_subset(const Value& whole, const Value& part);

bool object_subset(const Value& whole, const Value& part) {
    return std::ranges::all_of(part.members(), [&](const Member& member) {
        const Value found = whole.at(member.key);
        if (found.is_undefined()) return false;
        return found == member.value ||
               (found.kind() == member.value.kind() && is_subset(found, member.value));
    });
}

/// Of two values of one kind; scalars are no subsets of each other.
bool is_subset(const Value& whole, const Value& part) {
    if (part.is_object()) return object_subset(whole, part);
    if (part.is_set()) {
        return std::ranges::all_of(part.items(), [&](const Value& item) { return whole.contains(item); });
    }
    return part.is_array() && array_has_run(whole.items(), part.items());
}

bool array_holds_set(const Value& array, const Value& set) {
    std::size_t unmatched = set.size();
    for (const Value& item : array.items()) {
        if (set.contains(item)) --unmatched;
        if (unmatched == 0) return true;
    }
    return false;
}

BuiltinResult object_subset_builtin(BuiltinContext& context, Operands operands) {
    const Value& whole = operands[0];
    const Value& part = operands[1];
    if (!whole.is_collection() || !part.is_collection() ||
        (whole.kind() != part.kind() && !(whole.is_array() && part.is_set()))) {
        return std::unexpected(BuiltinError{
            BuiltinFault::type, "both arguments object.subset must be of the same type or array and set"});
    }
    const bool both_arrays = whole.is_array() && part.is_array();
    if (!context.work(both_arrays ? whole.size() * std::max<std::size_t>(part.size(), 1) : part.size()))
        return step_limit_error();
    return Value::boolean(whole.kind() == part.kind() ? is_subset(whole, part)
                                                      : array_holds_set(whole, part));
}

constexpr Operand k_object = one_of(Kind::object);
constexpr Operand k_keys = one_of(Kind::object, Kind::set, Kind::array);
constexpr Operand k_collection = constants_of(Kind::object, Kind::set, Kind::array);

constexpr Builtin k_objects[] = {
    {.name = "object.get", .operands = {k_object}, .arity = 3, .function = object_get},
    {.name = "object.keys", .operands = {k_object}, .arity = 1, .function = object_keys},
    {.name = "object.remove", .operands = {k_object, k_keys}, .arity = 2, .function = object_remove},
    {.name = "object.filter", .operands = {k_object, k_keys}, .arity = 2, .function = object_filter},
    {.name = "object.union", .operands = {k_object, k_object}, .arity = 2, .function = object_union},
    {.name = "object.union_n", .operands = {one_of(Kind::array)}, .arity = 1, .function = object_union_n},
    {.name = "object.subset",
     .operands = {k_collection, k_collection},
     .arity = 2,
     .function = object_subset_builtin},
};

} // namespace

std::span<const Builtin> object_builtins() {
    return k_objects;
}

} // namespace redoubt::rego

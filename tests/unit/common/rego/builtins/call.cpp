// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/unit/common/rego/builtins/call.hpp"

#include "common/base/file.hpp"
#include "common/rego/builtins/registry.hpp"
#include "common/rego/value/json.hpp"

namespace redoubt::rego::testing {
namespace {

/// Turns {"$set": [...]} into sets, at any depth.
Value with_sets(Arena& arena, const Value& value) {
    if (value.is_array()) {
        std::vector<Value> items;
        for (const Value& item : value.items()) items.push_back(with_sets(arena, item));
        return make_array(arena, items);
    }
    if (!value.is_object()) return value;
    if (const Value list = value.at("$set"); list.is_array()) {
        std::vector<Value> items;
        for (const Value& item : list.items()) items.push_back(with_sets(arena, item));
        return make_set(arena, items);
    }
    ObjectBuilder members;
    for (const Member& member : value.members()) members.insert(member.key, with_sets(arena, member.value));
    return members.build(arena);
}

} // namespace

std::string call_within(std::size_t bytes, std::string_view name, std::string_view operands) {
    const BuiltinRegistry registry = all_builtins();
    const Builtin* builtin = registry.find(name);
    if (builtin == nullptr || builtin->function == nullptr) return "unknown builtin";
    Arena arena;
    const auto parsed = parse_json(arena, operands);
    if (!parsed || !parsed->is_array()) return "operands are no JSON array";
    const Value list = with_sets(arena, *parsed);
    if (bytes != Arena::k_no_limit) arena.set_budget(arena.used() + bytes);
    CacheSlots lasting;
    CacheSlots query;
    BuiltinContext context(arena, lasting, query);
    const ZoneSource zones = [](std::string_view zone) {
        return read_file("/usr/share/zoneinfo/" + std::string(zone)).value_or("");
    };
    context.environment.zones = &zones;
    context.environment.now_ns = 1'700'000'000'000'000'000;
    context.environment.seed = 7;
    const BuiltinResult result = call_builtin(*builtin, context, list.items());
    if (result) return result->is_undefined() ? "undefined" : render_rego(*result);
    switch (result.error().fault) {
    case BuiltinFault::type: return "type: " + result.error().text;
    case BuiltinFault::builtin: return "builtin: " + result.error().text;
    case BuiltinFault::limit: return "limit: " + result.error().text;
    case BuiltinFault::halt: return "halt: " + result.error().text;
    }
    return {};
}

std::string call(std::string_view name, std::string_view operands) {
    return call_within(Arena::k_no_limit, name, operands);
}

} // namespace redoubt::rego::testing

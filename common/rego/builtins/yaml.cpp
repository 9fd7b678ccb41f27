// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/yaml.hpp"

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

std::size_t weight_of(const Value& value, std::size_t depth) {
    if (value.is_string()) return value.size() + depth + 8;
    std::size_t weight = depth + 32;
    if (value.is_object()) {
        for (const Member& member : value.members())
            weight += weight_of(member.key, depth + 2) + weight_of(member.value, depth + 2);
    } else if (value.is_collection()) {
        for (const Value& item : value.items()) weight += weight_of(item, depth + 2);
    }
    return weight;
}

BuiltinResult marshal(BuiltinContext& context, Operands operands) {
    const std::size_t weight = weight_of(operands[0], 0);
    if (!context.work(1 + (weight / 16)) || !context.charge(weight * 3)) return memory_limit_error();
    return text_result(context, render_yaml(operands[0]));
}

Operanded<Value> parsed(BuiltinContext& context, Arena& arena, std::string_view text) {
    if (!context.work(1 + (text.size() / 4)) || !context.charge(text.size() * 8)) return memory_limit_error();
    const auto value = parse_yaml(arena, text);
    if (!value) return builtin_error(value.error().message);
    return *value;
}

BuiltinResult unmarshal(BuiltinContext& context, Operands operands) {
    return parsed(context, context.arena(), operands[0].as_string());
}

BuiltinResult is_valid(BuiltinContext& context, Operands operands) {
    if (!operands[0].is_string()) return Value::boolean(false);
    Arena scratch;
    const auto value = parsed(context, scratch, operands[0].as_string());
    if (!value && value.error().fault == BuiltinFault::limit) return std::unexpected(value.error());
    return Value::boolean(value.has_value());
}

constexpr Builtin k_yaml[] = {
    {.name = "yaml.marshal", .arity = 1, .function = marshal},
    {.name = "yaml.unmarshal", .operands = {one_of(Kind::string)}, .arity = 1, .function = unmarshal},
    {.name = "yaml.is_valid", .operands = {constants_of(Kind::string)}, .arity = 1, .function = is_valid},
};

} // namespace

std::span<const Builtin> yaml_builtins() {
    return k_yaml;
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/json.hpp"

// JSON text and values.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// Roughly the bytes a value's JSON text needs, given up beyond `limit`.
std::size_t measured(const Value& value, std::size_t limit) {
    std::size_t size = 8;
    if (value.is_string()) return size + (value.size() * 2);
    if (value.is_object()) {
        for (const Member& member : value.members()) {
            if (size > limit) break;
            size += measured(member.key, limit) + measured(member.value, limit);
        }
    } else if (value.is_collection()) {
        for (const Value& item : value.items()) {
            if (size > limit) break;
            size += measured(item, limit);
        }
    }
    return size;
}

bool affords_text_of(BuiltinContext& context, const Value& value) {
    const std::size_t size = measured(value, std::size_t{1} << 40U);
    return context.work(size / 64) && context.charge(size);
}

/// Whether all keys are strings, so that their order is already that of JSON.
bool has_text_keys(const Value& value) {
    if (value.is_object()) {
        return std::ranges::all_of(value.members(), [](const Member& member) {
            return member.key.is_string() && has_text_keys(member.value);
        });
    }
    if (value.is_array() || value.is_set()) return std::ranges::all_of(value.items(), has_text_keys);
    return true;
}

BuiltinResult marshal(BuiltinContext& context, Operands operands) {
    if (!affords_text_of(context, operands[0])) return memory_limit_error();
    const Value value =
        has_text_keys(operands[0]) ? operands[0] : to_json_value(context.arena(), operands[0]);
    return text_result(context, render_json(value, JsonStyle::html_escaped));
}

struct MarshalOptions {
    std::string_view indent = "\t";
    std::string_view prefix;
    bool implied = false;   ///< indent or prefix was given
    Value pretty = Value(); ///< what was asked for, if it was
    [[nodiscard]] bool is_pretty() const { return pretty.is_defined() ? pretty.as_boolean() : implied; }
};

Operanded<MarshalOptions> read_options(const Value& object) {
    MarshalOptions options;
    std::size_t index = 0;
    for (const Member& member : object.members()) {
        const std::string place = std::to_string(index++);
        if (!member.key.is_string()) {
            return operand_error(2, "failed to stringify key " + render_rego(member.key) + " at index " +
                                        place + ": operand " + place + " must be string but got " +
                                        std::string(name_of(member.key.kind())));
        }
        const std::string_view key = member.key.as_string();
        const std::string shown = render_rego(member.key);
        if (key == "pretty") {
            if (!member.value.is_boolean()) return operand_error(2, "key " + shown + " failed cast to bool");
            options.pretty = member.value;
            continue;
        }
        if (key != "prefix" && key != "indent")
            return operand_error(2, "object contained unknown key " + shown);
        if (!member.value.is_string()) {
            return operand_error(2, "key " + shown + " failed cast to string: operand " + place +
                                        " must be string but got " +
                                        std::string(name_of(member.value.kind())));
        }
        (key == "prefix" ? options.prefix : options.indent) = member.value.as_string();
        options.implied = true;
    }
    return options;
}

/// Puts `prefix` at the start of each line.
bool append_prefixed(TextSink& out, std::string_view text, std::string_view prefix) {
    while (true) {
        const std::size_t end = text.find('\n');
        if (!out.append(prefix)) return false;
        if (end == std::string_view::npos) return out.append(text);
        if (!out.append(text.substr(0, end + 1))) return false;
        text.remove_prefix(end + 1);
    }
}

/// Indentation may cost far more than the value: depth times the indent, for each line.
std::size_t deepest(const Value& value) {
    std::size_t depth = 0;
    if (value.is_object()) {
        for (const Member& member : value.members()) depth = std::max(depth, deepest(member.value));
    } else if (value.is_array() || value.is_set()) {
        for (const Value& item : value.items()) depth = std::max(depth, deepest(item));
    }
    return depth + 1;
}

BuiltinResult marshal_with_options(BuiltinContext& context, Operands operands) {
    RDT_TRY(const MarshalOptions options, read_options(operands[1]));
    if (!options.is_pretty()) return marshal(context, operands.first(1));
    const std::size_t size = measured(operands[0], std::size_t{1} << 40U);
    const std::size_t per_line = (deepest(operands[0]) * options.indent.size()) + options.prefix.size() + 8;
    if (!context.work(size / 64) || !context.charge(size + (size / 8 * per_line)))
        return memory_limit_error();
    const std::string text = render_json_pretty(to_json_value(context.arena(), operands[0]), options.indent,
                                                JsonStyle::html_escaped);
    TextSink out(context);
    if (!append_prefixed(out, text, options.prefix)) return memory_limit_error();
    return out.finish();
}

BuiltinResult unmarshal(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    if (!context.work(text.size() / 8) || !context.charge(text.size() * 4)) return memory_limit_error();
    auto value = parse_json(context.arena(), text);
    if (!value) return builtin_error(value.error().message);
    return *value;
}

BuiltinResult is_valid(BuiltinContext& context, Operands operands) {
    if (!operands[0].is_string()) return Value::boolean(false);
    const std::string_view text = operands[0].as_string();
    if (!context.work(text.size() / 8) || !context.charge(text.size() * 4)) return memory_limit_error();
    Arena scratch;
    return Value::boolean(parse_json(scratch, text).has_value());
}

constexpr Builtin k_json_text[] = {
    {.name = "json.marshal", .arity = 1, .function = marshal},
    {.name = "json.marshal_with_options",
     .operands = {k_any, one_of(Kind::object)},
     .arity = 2,
     .function = marshal_with_options},
    {.name = "json.unmarshal", .operands = {one_of(Kind::string)}, .arity = 1, .function = unmarshal},
    {.name = "json.is_valid", .operands = {constants_of(Kind::string)}, .arity = 1, .function = is_valid},
};

} // namespace

std::span<const Builtin> json_text_builtins() {
    return k_json_text;
}

} // namespace redoubt::rego

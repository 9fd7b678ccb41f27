// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/json_schema.hpp"

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/json.hpp"

// json.match_schema and json.verify_schema: documents and schemas are values or JSON texts.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

std::expected<Value, std::string> loaded(BuiltinContext& context, const Value& value) {
    if (value.is_object() || value.is_array()) return to_json_value(context.arena(), value);
    if (!value.is_string()) return std::unexpected("wrong type, expected string or object");
    const auto parsed = parse_json(context.arena(), value.as_string());
    if (!parsed) return std::unexpected("invalid JSON string");
    return *parsed;
}

BuiltinResult answer(BuiltinContext& context, bool valid, const Value& rest) {
    const Value pair[] = {Value::boolean(valid), rest};
    return make_array(context.arena(), pair);
}

BuiltinResult match(BuiltinContext& context, Operands operands) {
    const auto document = loaded(context, operands[0]);
    if (!document) return builtin_error(document.error());
    const auto schema = loaded(context, operands[1]);
    if (!schema) return builtin_error(schema.error());
    if (const std::string fault = check_schema(context, *schema); !fault.empty()) return builtin_error(fault);
    RDT_TRY(const SchemaVerdict verdict, match_schema(context, *schema, *document));
    ArrayBuilder faults;
    Arena& arena = context.arena();
    for (const SchemaFault& fault : verdict.faults) {
        ObjectBuilder object;
        object.insert(make_string(arena, "error"), make_string(arena, fault.field + ": " + fault.text));
        object.insert(make_string(arena, "type"), make_string(arena, fault.type));
        object.insert(make_string(arena, "field"), make_string(arena, fault.field));
        object.insert(make_string(arena, "desc"), make_string(arena, fault.text));
        faults.push(object.build(arena));
    }
    return answer(context, verdict.faults.empty(), faults.build(arena));
}

BuiltinResult verify(BuiltinContext& context, Operands operands) {
    const auto schema = loaded(context, operands[0]);
    const std::string fault = schema ? check_schema(context, *schema) : schema.error();
    if (fault.empty()) return answer(context, true, Value::null());
    return answer(context, false, make_string(context.arena(), "jsonschema: " + fault));
}

constexpr Operand k_document = constants_of(Kind::string, Kind::object, Kind::array);

constexpr Builtin k_json_schema[] = {
    {.name = "json.match_schema", .operands = {k_document, k_document}, .arity = 2, .function = match},
    {.name = "json.verify_schema", .operands = {k_document}, .arity = 1, .function = verify},
};

} // namespace

std::span<const Builtin> json_schema_builtins() {
    return k_json_schema;
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <set>

#include "common/rego/builtins/go_url.hpp"
#include "common/rego/builtins/json_schema.hpp"
#include "common/rego/builtins/regex_cache.hpp"

// Whether a schema is one.

namespace redoubt::rego {
namespace {

constexpr std::size_t k_max_depth = 128;
constexpr std::string_view k_kinds[] = {"array", "boolean", "integer", "number", "null", "object", "string"};

std::string invalid_type(std::string_view expected, std::string_view given) {
    return "Invalid type. Expected: " + std::string(expected) + ", given: " + std::string(given);
}

std::string words(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text += part;
    return text;
}

bool is_schema(const Value& value) {
    return value.is_object() || value.is_boolean();
}

class Checker {
  public:
    Checker(BuiltinContext& context, const Value& root)
        : context_(context), root_(root), draft_(draft_of(root)) {}

    /// What is wrong, or nothing.
    std::string check(const Value& schema) {
        if (schema.is_boolean() && draft_ != SchemaDraft::draft4) return {};
        if (!schema.is_object()) return "Expected: Valid Schema, given: Invalid JSON";
        if (++depth_ > k_max_depth || !context_.work(4)) return "the schema is nested too deeply";
        std::string fault;
        using Step = std::string (Checker::*)(const Value&);
        constexpr Step steps[] = {
            &Checker::texts, &Checker::definitions, &Checker::reference, &Checker::types, &Checker::objects,
            &Checker::items, &Checker::numbers,     &Checker::sizes,     &Checker::lists, &Checker::combined};
        for (const Step step : steps) {
            fault = (this->*step)(schema);
            if (!fault.empty()) break;
        }
        --depth_;
        return fault;
    }

  private:
    std::string text(const Value& schema, std::string_view key) {
        const Value value = schema.at(key);
        if (value.is_undefined() || value.is_string()) return {};
        return invalid_type("string", key);
    }

    std::string texts(const Value& schema) {
        for (const std::string_view key : {"$id", "title", "description", "$ref", "format"}) {
            if (auto fault = text(schema, key); !fault.empty()) return fault;
        }
        const Value pattern = schema.at("pattern");
        if (auto fault = text(schema, "pattern"); !fault.empty()) return fault;
        if (pattern.is_string() && !is_regex(pattern.as_string())) return "pattern must be a valid regex";
        return {};
    }

    bool is_regex(std::string_view pattern) {
        return context_.lasting<RegexCache>().get(pattern, context_.environment.max_regex_bytes).has_value();
    }

    std::string each(const Value& collection) {
        if (collection.is_object()) {
            for (const Member& member : collection.members()) {
                if (auto fault = check(member.value); !fault.empty()) return fault;
            }
        } else if (collection.is_array()) {
            for (const Value& item : collection.items()) {
                if (auto fault = check(item); !fault.empty()) return fault;
            }
        }
        return {};
    }

    std::string definitions(const Value& schema) {
        const Value found = schema.at("definitions");
        if (found.is_undefined()) return {};
        const bool fine = found.is_object() && std::ranges::all_of(found.members(), [](const Member& member) {
                              return is_schema(member.value);
                          });
        if (!fine) return invalid_type("Array Of Schemas", "definitions");
        return each(found);
    }

    std::string reference(const Value& schema) {
        const Value name = schema.at("$ref");
        if (!name.is_string()) return {};
        const std::string key(name.as_string());
        if (!references_.insert(key).second) return {};
        const auto target = resolve_schema_reference(root_, key);
        if (!target) return target.error();
        if (!is_schema(*target)) return "Valid Schema must be of type object";
        return check(*target);
    }

    std::string one_type(const Value& name, std::set<std::string_view>& seen) {
        if (std::ranges::find(k_kinds, name.as_string()) == std::end(k_kinds)) {
            return words({"has a primitive type that is NOT VALID -- given: /", name.as_string(),
                          "/ Expected valid values are:[array boolean integer number null object string]"});
        }
        if (!seen.insert(name.as_string()).second) return words({name.as_string(), " type is duplicated"});
        return {};
    }

    std::string types(const Value& schema) {
        const Value type = schema.at("type");
        std::set<std::string_view> seen;
        if (type.is_undefined()) return {};
        if (type.is_string()) return one_type(type, seen);
        if (!type.is_array()) return invalid_type("type", "string/Array Of Strings");
        for (const Value& name : type.items()) {
            if (!name.is_string()) return invalid_type("type", "string/Array Of Strings");
            if (auto fault = one_type(name, seen); !fault.empty()) return fault;
        }
        return {};
    }

    std::string dependencies(const Value& schema) {
        const Value found = schema.at("dependencies");
        if (found.is_undefined()) return {};
        if (!found.is_object()) return "dependencies must be of type object";
        for (const Member& member : found.members()) {
            const Value& value = member.value;
            const bool texts = value.is_array() && std::ranges::all_of(value.items(), &Value::is_string);
            if (!texts && !is_schema(value)) return "Dependency must be of type Schema Or Array Of Strings";
            if (is_schema(value)) {
                if (auto fault = check(value); !fault.empty()) return fault;
            }
        }
        return {};
    }

    std::string objects(const Value& schema) {
        if (const Value properties = schema.at("properties"); properties.is_defined()) {
            if (!properties.is_object()) return "Properties must be of type object";
            if (auto fault = each(properties); !fault.empty()) return fault;
        }
        if (const Value more = schema.at("additionalProperties"); more.is_defined()) {
            if (!is_schema(more)) return invalid_type("boolean/Valid Schema", "additionalProperties");
            if (auto fault = more.is_object() ? check(more) : std::string(); !fault.empty()) return fault;
        }
        if (const Value patterns = schema.at("patternProperties"); patterns.is_defined()) {
            if (!patterns.is_object()) return invalid_type("Valid Schema", "patternProperties");
            for (const Member& member : patterns.members()) {
                if (member.key.is_string() && !is_regex(member.key.as_string()))
                    return words({"Invalid regex pattern '", member.key.as_string(), "'"});
            }
            if (auto fault = each(patterns); !fault.empty()) return fault;
        }
        if (const Value names = schema.at("propertyNames");
            names.is_defined() && draft_ >= SchemaDraft::draft6) {
            if (!is_schema(names)) return invalid_type("Valid Schema", "patternProperties");
            if (auto fault = check(names); !fault.empty()) return fault;
        }
        return dependencies(schema);
    }

    std::string items(const Value& schema) {
        if (const Value found = schema.at("items"); found.is_defined()) {
            const bool list = found.is_array() && std::ranges::all_of(found.items(), is_schema);
            if (!list && !is_schema(found)) return invalid_type("Valid Schema/Array Of Schemas", "items");
            if (auto fault = list ? each(found) : check(found); !fault.empty()) return fault;
        }
        const Value more = schema.at("additionalItems");
        if (more.is_undefined() || more.is_boolean()) return {};
        return more.is_object() ? check(more) : invalid_type("boolean/Valid Schema", "additionalItems");
    }

    std::string exclusive(const Value& schema, std::string_view key, std::string_view partner) {
        const Value value = schema.at(key);
        if (value.is_undefined()) return {};
        const bool may_be_flag = draft_ == SchemaDraft::draft4 || draft_ == SchemaDraft::hybrid;
        const bool may_be_number = draft_ != SchemaDraft::draft4;
        if (value.is_boolean() && may_be_flag) {
            return schema.at(partner).is_defined() ? std::string()
                                                   : words({key, " cannot be used without ", partner});
        }
        if (value.is_number() && may_be_number) return {};
        return invalid_type(may_be_flag && may_be_number ? "boolean/number"
                            : may_be_flag                ? "boolean"
                                                         : "number",
                            key);
    }

    std::string numbers(const Value& schema) {
        if (const Value multiple = schema.at("multipleOf"); multiple.is_defined()) {
            if (!multiple.is_number()) return invalid_type("number", "multipleOf");
            if (compare(multiple.as_number(), Number(std::int64_t{0})) <= 0)
                return "multipleOf must be strictly greater than 0";
        }
        if (!is_number_or_absent(schema, "minimum")) return "minimum must be of a number";
        if (auto fault = exclusive(schema, "exclusiveMinimum", "minimum"); !fault.empty()) return fault;
        if (!is_number_or_absent(schema, "maximum")) return "maximum must be of a number";
        return exclusive(schema, "exclusiveMaximum", "maximum");
    }

    static bool is_number_or_absent(const Value& schema, std::string_view key) {
        const Value value = schema.at(key);
        return value.is_undefined() || value.is_number();
    }

    /// A pair of sizes of which the first is not to be larger.
    std::string size_pair(const Value& schema, std::string_view least, std::string_view most, bool ordered) {
        for (const std::string_view key : {least, most}) {
            const Value value = schema.at(key);
            if (value.is_undefined()) continue;
            if (!value.is_number() || !value.as_number().to_int64())
                return words({key, " must be of an integer"});
            if (*value.as_number().to_int64() < 0) return words({key, " must be greater than or equal to 0"});
        }
        const Value low = schema.at(least);
        const Value high = schema.at(most);
        if (ordered && low.is_defined() && high.is_defined() && compare(low, high) > 0)
            return words({least, " cannot be greater than ", most});
        return {};
    }

    std::string sizes(const Value& schema) {
        if (auto fault = size_pair(schema, "minLength", "maxLength", true); !fault.empty()) return fault;
        if (auto fault = size_pair(schema, "minProperties", "maxProperties", true); !fault.empty())
            return fault;
        if (auto fault = size_pair(schema, "minItems", "maxItems", false); !fault.empty()) return fault;
        const Value unique = schema.at("uniqueItems");
        return unique.is_undefined() || unique.is_boolean() ? "" : "uniqueItems must be of a boolean";
    }

    std::string lists(const Value& schema) {
        const Value required = schema.at("required");
        if (required.is_defined()) {
            if (!required.is_array()) return "required must be of an array";
            if (!std::ranges::all_of(required.items(), &Value::is_string))
                return invalid_type("string", "required");
            if (has_twice(required)) return "required items must be unique";
        }
        const Value values = schema.at("enum");
        if (values.is_undefined()) return {};
        if (!values.is_array()) return "enum must be of an array";
        return has_twice(values) ? "enum items must be unique" : "";
    }

    static bool has_twice(const Value& list) {
        std::vector<Value> sorted(list.items().begin(), list.items().end());
        std::ranges::sort(sorted, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
        return std::ranges::adjacent_find(sorted) != sorted.end();
    }

    std::string combined(const Value& schema) {
        if (const Value contains = schema.at("contains");
            contains.is_defined() && draft_ >= SchemaDraft::draft6) {
            if (auto fault = check(contains); !fault.empty()) return fault;
        }
        for (const std::string_view key : {"oneOf", "anyOf", "allOf"}) {
            const Value list = schema.at(key);
            if (list.is_undefined()) continue;
            if (!list.is_array()) return words({key, " must be of an array"});
            if (auto fault = each(list); !fault.empty()) return fault;
        }
        for (const std::string_view key : {"not", "if", "then", "else"}) {
            const Value part = schema.at(key);
            if (part.is_undefined() || (key != "not" && draft_ < SchemaDraft::draft7)) continue;
            if (!is_schema(part)) return words({key, " must be of an object"});
            if (auto fault = check(part); !fault.empty()) return fault;
        }
        return {};
    }

    BuiltinContext& context_;
    const Value& root_;
    SchemaDraft draft_;
    std::set<std::string> references_;
    std::size_t depth_ = 0;
};

/// A member or item by one part of a JSON pointer. Errors: gojsonpointer's words.
std::expected<Value, std::string> child_of(const Value& value, const std::string& part) {
    if (value.is_object()) {
        const Value member = value.at(part);
        if (member.is_undefined()) return std::unexpected("Object has no key '" + part + "'");
        return member;
    }
    if (!value.is_array()) return std::unexpected("Invalid token reference '" + part + "'");
    if (part.empty() || part.size() > 9 || part.find_first_not_of("0123456789") != std::string::npos)
        return std::unexpected("Invalid array index '" + part + "'");
    const auto index = static_cast<std::size_t>(std::stoi(part));
    if (index >= value.size()) {
        return std::unexpected("Out of bound array[0," + std::to_string(value.size()) + "] index '" + part +
                               "'");
    }
    return value.items()[index];
}

/// The subschema with that $id or id.
Value find_id(const Value& value, std::string_view id, std::size_t depth) {
    if (depth > k_max_depth) return {};
    if (value.is_object()) {
        for (const std::string_view key : {"$id", "id"}) {
            if (const Value name = value.at(key); name.is_string() && name.as_string() == id) return value;
        }
        for (const Member& member : value.members()) {
            if (const Value found = find_id(member.value, id, depth + 1); found.is_defined()) return found;
        }
    } else if (value.is_array()) {
        for (const Value& item : value.items()) {
            if (const Value found = find_id(item, id, depth + 1); found.is_defined()) return found;
        }
    }
    return {};
}

} // namespace

SchemaDraft draft_of(const Value& schema) {
    const Value name = schema.is_object() ? schema.at("$schema") : Value();
    if (!name.is_string()) return SchemaDraft::hybrid;
    if (name.as_string().contains("draft-04")) return SchemaDraft::draft4;
    if (name.as_string().contains("draft-06")) return SchemaDraft::draft6;
    return name.as_string().contains("draft-07") ? SchemaDraft::draft7 : SchemaDraft::hybrid;
}

std::string check_schema(BuiltinContext& context, const Value& schema) {
    return Checker(context, schema).check(schema);
}

std::expected<Value, std::string> resolve_schema_reference(const Value& root, std::string_view reference) {
    const std::size_t hash = std::min(reference.find('#'), reference.size());
    const std::string_view document = reference.substr(0, hash);
    std::string_view pointer = hash < reference.size() ? reference.substr(hash + 1) : std::string_view();
    Value value = root;
    if (!document.empty() || (!pointer.empty() && pointer[0] != '/')) {
        value = find_id(root, document.empty() ? reference : document, 0);
        if (value.is_undefined())
            return std::unexpected("Could not resolve the reference '" + std::string(reference) + "'");
        if (document.empty()) return value;
    }
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        std::string written(pointer.substr(0, end));
        // A plus sign is itself here.
        for (std::size_t at = written.find('+'); at != std::string::npos; at = written.find('+', at + 3))
            written.replace(at, 1, "%2B");
        auto part = decode_query(written);
        if (!part) return std::unexpected(part.error());
        for (const auto& [from, to] :
             {std::pair<std::string_view, std::string_view>{"~1", "/"}, {"~0", "~"}}) {
            for (std::size_t at = part->find(from); at != std::string::npos; at = part->find(from, at + 1))
                part->replace(at, 2, to);
        }
        auto child = child_of(value, *part);
        if (!child) return child;
        value = *child;
        pointer.remove_prefix(end);
    }
    return value;
}

} // namespace redoubt::rego

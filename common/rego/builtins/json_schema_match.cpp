// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "common/rego/builtins/go_format.hpp"
#include "common/rego/builtins/json_schema.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/builtins/regex_cache.hpp"
#include "common/rego/value/json.hpp"
#include "common/rego/value/utf8.hpp"

// Whether a document fits a schema.

namespace redoubt::rego {
namespace {

constexpr std::size_t k_max_depth = 256;

std::string shown_number(const Value& value) {
    return render_go_float(value.as_number().to_double(), 'g', -1);
}

/// JSON as Go writes it, for "must be one of".
std::string shown_json(const Value& value) {
    return render_json(value, JsonStyle::html_escaped);
}

std::string_view kind_of(const Value& value) {
    if (!value.is_number()) return name_of(value.kind());
    return value.as_number().is_integer() ? "integer" : "number";
}

class Matcher {
  public:
    Matcher(BuiltinContext& context, const Value& root)
        : context_(context), root_(root), draft_(draft_of(root)) {}

    [[nodiscard]] bool over() const { return over_; }

    SchemaVerdict judge(const Value& schema, const Value& node, const std::string& field) {
        SchemaVerdict verdict;
        visit(schema, node, field, verdict);
        return verdict;
    }

  private:
    static void add(SchemaVerdict& verdict, std::string_view type, const std::string& field,
                    std::string text) {
        verdict.faults.push_back({type, field, std::move(text)});
        verdict.score -= 2;
    }
    static void merge(SchemaVerdict& verdict, const SchemaVerdict& other) {
        verdict.faults.insert(verdict.faults.end(), other.faults.begin(), other.faults.end());
        verdict.score += other.score;
    }
    static std::string below(const std::string& field, std::string_view part) {
        return field == "(Root)" ? std::string(part) : field + "." + std::string(part);
    }

    void visit(const Value& schema, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        if (over_ || !context_.work(4) || depth_ > k_max_depth ||
            !context_.charge(verdict.faults.size() * 256)) {
            over_ = true;
            return;
        }
        if (schema.is_boolean()) {
            if (schema.is_false()) add(verdict, "false", field, "False always fails validation");
            return;
        }
        ++depth_;
        if (const Value reference = schema.at("$ref"); reference.is_string()) {
            // The schema was checked: its references lead somewhere.
            const auto target = resolve_schema_reference(root_, reference.as_string());
            if (target) visit(*target, node, field, verdict);
        } else if (fits_type(schema, node, field, verdict)) {
            combined(schema, node, field, verdict);
            if (node.is_array()) array(schema, node, field, verdict);
            if (node.is_object()) object(schema, node, field, verdict);
            if (node.is_number()) number(schema, node, field, verdict);
            common(schema, node, field, verdict);
            if (node.is_string()) text(schema, node, field, verdict);
            if (node.is_object()) properties(schema, node, field, verdict);
            ++verdict.score;
        }
        --depth_;
    }

    bool fits_type(const Value& schema, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        const Value type = schema.at("type");
        if (type.is_undefined()) return true;
        const std::string_view given = kind_of(node);
        const auto fits = [&](const Value& name) {
            return name.as_string() == given || (given == "integer" && name.as_string() == "number");
        };
        if (type.is_string() ? fits(type) : std::ranges::any_of(type.items(), fits)) return true;
        std::string expected(type.is_string() ? type.as_string() : "");
        if (type.is_array()) {
            for (const Value& name : type.items()) {
                if (!expected.empty()) expected += ',';
                expected += name.as_string();
            }
            if (type.size() > 1) expected = "[" + expected + "]";
            if (type.size() == 0) return true;
        }
        add(verdict, "invalid_type", field,
            "Invalid type. Expected: " + expected + ", given: " + std::string(given));
        return false;
    }

    void any_of(const Value& list, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        if (!list.is_array() || list.size() == 0) return;
        std::optional<SchemaVerdict> best;
        for (const Value& one : list.items()) {
            SchemaVerdict result = judge(one, node, field);
            if (result.faults.empty()) return;
            if (!best || result.score > best->score) best = std::move(result);
        }
        add(verdict, "number_any_of", field, "Must validate at least one schema (anyOf)");
        merge(verdict, *best);
    }

    void one_of(const Value& list, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        if (!list.is_array() || list.size() == 0) return;
        std::optional<SchemaVerdict> best;
        int fitting = 0;
        for (const Value& one : list.items()) {
            SchemaVerdict result = judge(one, node, field);
            if (result.faults.empty()) {
                ++fitting;
            } else if (fitting == 0 && (!best || result.score > best->score)) {
                best = std::move(result);
            }
        }
        if (fitting == 1) return;
        add(verdict, "number_one_of", field, "Must validate one and only one schema (oneOf)");
        if (fitting == 0 && best) merge(verdict, *best);
    }

    void all_of(const Value& list, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        if (!list.is_array() || list.size() == 0) return;
        bool all = true;
        for (const Value& one : list.items()) {
            const SchemaVerdict result = judge(one, node, field);
            all = all && result.faults.empty();
            merge(verdict, result);
        }
        if (!all) add(verdict, "number_all_of", field, "Must validate all the schemas (allOf)");
    }

    void dependencies(const Value& list, const Value& node, const std::string& field,
                      SchemaVerdict& verdict) {
        for (const Member& member : list.members()) {
            if (node.at(member.key).is_undefined()) continue;
            if (!member.value.is_array()) {
                visit(member.value, node, field, verdict);
                continue;
            }
            for (const Value& needed : member.value.items()) {
                if (node.at(needed).is_defined()) continue;
                add(verdict, "missing_dependency", field,
                    "Has a dependency on " + std::string(needed.as_string()));
            }
        }
    }

    void conditions(const Value& schema, const Value& node, const std::string& field,
                    SchemaVerdict& verdict) {
        const Value condition = schema.at("if");
        if (condition.is_undefined() || draft_ < SchemaDraft::draft7) return;
        const bool holds = judge(condition, node, field).faults.empty();
        const Value branch = schema.at(holds ? "then" : "else");
        if (branch.is_undefined()) return;
        const SchemaVerdict result = judge(branch, node, field);
        if (result.faults.empty()) return;
        add(verdict, holds ? "condition_then" : "condition_else", field,
            holds ? "Must validate \"then\" as \"if\" was valid"
                  : "Must validate \"else\" as \"if\" was not valid");
        merge(verdict, result);
    }

    void combined(const Value& schema, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        any_of(schema.at("anyOf"), node, field, verdict);
        one_of(schema.at("oneOf"), node, field, verdict);
        all_of(schema.at("allOf"), node, field, verdict);
        if (const Value inverse = schema.at("not"); inverse.is_defined()) {
            if (judge(inverse, node, field).faults.empty())
                add(verdict, "number_not", field, "Must not validate the schema (not)");
        }
        if (const Value list = schema.at("dependencies"); list.is_object() && node.is_object())
            dependencies(list, node, field, verdict);
        conditions(schema, node, field, verdict);
        ++verdict.score;
    }

    void common(const Value& schema, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        if (const Value constant = schema.at("const");
            constant.is_defined() && draft_ >= SchemaDraft::draft6 && !(constant == node))
            add(verdict, "const", field, field + " does not match: " + shown_json(constant));
        if (const Value values = schema.at("enum"); values.is_array()) {
            if (std::ranges::find(values.items(), node) == values.items().end()) {
                std::string allowed;
                for (const Value& value : values.items()) {
                    if (!allowed.empty()) allowed += ", ";
                    allowed += shown_json(value);
                }
                add(verdict, "enum", field, field + " must be one of the following: " + allowed);
            }
        }
        if (const Value format = schema.at("format"); format.is_string() && node.is_string()) {
            if (!fits_format(context_, format.as_string(), node.as_string()))
                add(verdict, "format", field,
                    "Does not match format '" + std::string(format.as_string()) + "'");
        }
        ++verdict.score;
    }

    /// minItems and its like: a size that must not be below, or above.
    void sizes(const Value& schema, std::string_view least, std::string_view most, std::size_t size,
               const std::string& field, SchemaVerdict& verdict,
               const std::array<std::string_view, 5>& texts) {
        const auto count = static_cast<std::int64_t>(size);
        const Value low = schema.at(least);
        const Value high = schema.at(most);
        if (low.is_number() && count < low.as_number().to_int64().value_or(0))
            add(verdict, texts[0], field,
                std::string(texts[2]) + low.as_number().text() + std::string(texts[4]));
        if (high.is_number() && count > high.as_number().to_int64().value_or(INT64_MAX))
            add(verdict, texts[1], field,
                std::string(texts[3]) + high.as_number().text() + std::string(texts[4]));
    }

    void array_items(const Value& schema, const Value& node, const std::string& field,
                     SchemaVerdict& verdict) {
        const Value items = schema.at("items");
        if (items.is_undefined()) return;
        const Value more = schema.at("additionalItems");
        for (std::size_t i = 0; i < node.size(); ++i) {
            Value one = items;
            if (items.is_array()) one = i < items.size() ? items.items()[i] : more;
            if (items.is_array() && items.size() == 0) return;
            if (items.is_array() && i >= items.size() && !more.is_object()) {
                if (more.is_false())
                    add(verdict, "array_no_additional_items", field, "No additional items allowed on array");
                return;
            }
            merge(verdict, judge(one, node.items()[i], below(field, std::to_string(i))));
        }
    }

    void unique_items(const Value& node, const std::string& field, SchemaVerdict& verdict) {
        const auto before = [](const Value& a, const Value& b) { return compare(a, b) < 0; };
        std::map<Value, std::size_t, decltype(before)> seen(before);
        for (std::size_t j = 0; j < node.size(); ++j) {
            const auto [place, fresh] = seen.try_emplace(node.items()[j], j);
            if (fresh) continue;
            add(verdict, "unique", field,
                "array items[" + std::to_string(place->second) + "," + std::to_string(j) +
                    "] must be unique");
            place->second = j;
        }
    }

    void contains(const Value& schema, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        std::optional<SchemaVerdict> best;
        for (std::size_t i = 0; i < node.size(); ++i) {
            SchemaVerdict result = judge(schema, node.items()[i], below(field, std::to_string(i)));
            if (result.faults.empty()) return;
            if (!best || result.score > best->score) best = std::move(result);
        }
        add(verdict, "contains", field, "At least one of the items must match");
        if (best) merge(verdict, *best);
    }

    void array(const Value& schema, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        array_items(schema, node, field, verdict);
        sizes(schema, "minItems", "maxItems", node.size(), field, verdict,
              {"array_min_items", "array_max_items", "Array must have at least ", "Array must have at most ",
               " items"});
        if (schema.at("uniqueItems").is_true()) unique_items(node, field, verdict);
        if (const Value part = schema.at("contains"); part.is_defined() && draft_ >= SchemaDraft::draft6)
            contains(part, node, field, verdict);
        ++verdict.score;
    }

    bool matches(std::string_view pattern, std::string_view text_value) {
        const auto regex = context_.lasting<RegexCache>().get(pattern, context_.environment.max_regex_bytes);
        return regex.has_value() && RE2::PartialMatch(piece_of(text_value), **regex);
    }

    bool pattern_properties(const Value& patterns, const Member& member, const std::string& field,
                            SchemaVerdict& verdict) {
        bool found = false;
        if (!patterns.is_object()) return false;
        for (const Member& pattern : patterns.members()) {
            if (!matches(pattern.key.as_string(), member.key.as_string())) continue;
            found = true;
            merge(verdict, judge(pattern.value, member.value, below(field, member.key.as_string())));
        }
        if (found) ++verdict.score;
        return found;
    }

    void other_properties(const Value& schema, const Value& node, const std::string& field,
                          SchemaVerdict& verdict) {
        const Value known = schema.at("properties");
        const Value more = schema.at("additionalProperties");
        for (const Member& member : node.members()) {
            const bool named = known.is_object() && known.at(member.key).is_defined();
            const bool patterned = pattern_properties(schema.at("patternProperties"), member, field, verdict);
            if (named || patterned || more.is_undefined() || more.is_true()) continue;
            const std::string_view key = member.key.as_string();
            if (more.is_false()) {
                add(verdict, "additional_property_not_allowed", field,
                    "Additional property " + std::string(key) + " is not allowed");
            } else {
                merge(verdict, judge(more, member.value, below(field, key)));
            }
        }
    }

    void object(const Value& schema, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        sizes(schema, "minProperties", "maxProperties", node.size(), field, verdict,
              {"array_min_properties", "array_max_properties", "Must have at least ", "Must have at most ",
               " properties"});
        if (const Value required = schema.at("required"); required.is_array()) {
            for (const Value& name : required.items()) {
                if (node.at(name).is_defined()) {
                    ++verdict.score;
                } else {
                    add(verdict, "required", field, std::string(name.as_string()) + " is required");
                }
            }
        }
        other_properties(schema, node, field, verdict);
        if (const Value names = schema.at("propertyNames");
            names.is_defined() && draft_ >= SchemaDraft::draft6) {
            for (const Member& member : node.members()) {
                const SchemaVerdict result = judge(names, member.key, field);
                if (result.faults.empty()) continue;
                add(verdict, "invalid_property_name", field,
                    "Property name of \"" + std::string(member.key.as_string()) + "\" does not match");
                merge(verdict, result);
            }
        }
        ++verdict.score;
    }

    void properties(const Value& schema, const Value& node, const std::string& field,
                    SchemaVerdict& verdict) {
        const Value known = schema.at("properties");
        if (!known.is_object()) return;
        for (const Member& member : known.members()) {
            const Value value = node.at(member.key);
            if (value.is_defined()) visit(member.value, value, below(field, member.key.as_string()), verdict);
        }
    }

    void text(const Value& schema, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        sizes(schema, "minLength", "maxLength", count_runes(node.as_string()), field, verdict,
              {"string_gte", "string_lte", "String length must be greater than or equal to ",
               "String length must be less than or equal to ", ""});
        if (const Value pattern = schema.at("pattern"); pattern.is_string()) {
            if (!matches(pattern.as_string(), node.as_string()))
                add(verdict, "pattern", field,
                    "Does not match pattern '" + std::string(pattern.as_string()) + "'");
        }
        ++verdict.score;
    }

    void bound(const Value& limit, const Value& node, const std::string& field, SchemaVerdict& verdict,
               std::string_view type) {
        const auto order = compare(node.as_number(), limit.as_number());
        if (type == "number_lte" && order > 0)
            add(verdict, type, field, "Must be less than or equal to " + shown_number(limit));
        if (type == "number_lt" && order >= 0)
            add(verdict, type, field, "Must be less than " + shown_number(limit));
        if (type == "number_gte" && order < 0)
            add(verdict, type, field, "Must be greater than or equal to " + shown_number(limit));
        if (type == "number_gt" && order <= 0)
            add(verdict, type, field, "Must be greater than " + shown_number(limit));
    }

    void bounds(const Value& schema, std::string_view key, std::string_view exclusive_key, const Value& node,
                const std::string& field, SchemaVerdict& verdict, bool upper) {
        const Value limit = schema.at(key);
        const Value exclusive = schema.at(exclusive_key);
        if (limit.is_number()) {
            const bool strict = exclusive.is_true();
            bound(limit, node, field, verdict,
                  upper ? (strict ? "number_lt" : "number_lte") : (strict ? "number_gt" : "number_gte"));
        }
        if (exclusive.is_number()) bound(exclusive, node, field, verdict, upper ? "number_lt" : "number_gt");
    }

    void number(const Value& schema, const Value& node, const std::string& field, SchemaVerdict& verdict) {
        if (const Value multiple = schema.at("multipleOf"); multiple.is_number()) {
            if (!is_multiple(node.as_number(), multiple.as_number()))
                add(verdict, "multiple_of", field, "Must be a multiple of " + shown_number(multiple));
        }
        bounds(schema, "maximum", "exclusiveMaximum", node, field, verdict, /*upper=*/true);
        bounds(schema, "minimum", "exclusiveMinimum", node, field, verdict, /*upper=*/false);
        ++verdict.score;
    }

    /// Exactly, in decimals: 0.3 is a multiple of 0.1.
    static bool is_multiple(const Number& value, const Number& of) {
        const auto scaled = [](const std::string& text, int places) -> std::optional<BigInt> {
            std::string digits;
            int exponent = places;
            const std::size_t e = std::min(text.find_first_of("eE"), text.size());
            bool fraction = false;
            for (const char c : text.substr(0, e)) {
                if (c == '.') {
                    fraction = true;
                } else if (c != '-') {
                    digits += c;
                    exponent -= fraction ? 1 : 0;
                }
            }
            if (e < text.size()) exponent += std::atoi(text.c_str() + e + 1); // NOLINT
            if (exponent < 0 || exponent > 8'192) return std::nullopt;
            digits.append(static_cast<std::size_t>(exponent), '0');
            digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
            return BigInt(digits);
        };
        const std::string a = value.text();
        const std::string b = of.text();
        const int places = static_cast<int>(std::max(a.size(), b.size())) + 2'048;
        const auto x = scaled(a, places);
        const auto y = scaled(b, places);
        return x && y && *y != 0 && *x % *y == 0;
    }

    BuiltinContext& context_;
    const Value& root_;
    SchemaDraft draft_;
    std::size_t depth_ = 0;
    bool over_ = false;
};

} // namespace

std::expected<SchemaVerdict, BuiltinError> match_schema(BuiltinContext& context, const Value& schema,
                                                        const Value& document) {
    Matcher matcher(context, schema);
    SchemaVerdict verdict = matcher.judge(schema, document, "(Root)");
    if (matcher.over()) return limit_error("matching this document to its schema takes too long");
    return verdict;
}

} // namespace redoubt::rego

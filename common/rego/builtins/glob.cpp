// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/glob_pattern.hpp"
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/builtins/regex_cache.hpp"
#include "common/rego/value/utf8.hpp"

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// null: nothing separates; an empty array: a dot does.
Operanded<std::string> separators_operand(const Value& value) {
    if (value.is_null()) return std::string();
    std::string separators;
    for (const Value& item : value.items()) {
        if (!item.is_string()) return element_error(2, value, item, "string");
        if (count_runes(item.as_string()) != 1) return element_error(2, value, item, "rune");
        separators += item.as_string();
    }
    return separators.empty() ? "." : separators;
}

BuiltinResult match(BuiltinContext& context, Operands operands) {
    const std::string_view glob = operands[0].as_string();
    RDT_TRY(const std::string separators, separators_operand(operands[1]));
    const std::string_view text = operands[2].as_string();
    std::string key(separators);
    key += '\0';
    key += glob;
    const auto regex = context.lasting<GlobCache>().get(
        key, [&] { return glob_to_regex(glob, separators); }, context.environment.max_regex_bytes);
    if (!regex) return builtin_error(regex.error());
    if (!context.work(1 + (text.size() / 16))) return step_limit_error();
    return Value::boolean(RE2::PartialMatch(piece_of(text), **regex));
}

BuiltinResult quote_meta(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 2)) return memory_limit_error();
    return text_result(context, quote_glob(operands[0].as_string()));
}

constexpr Operand k_text = one_of(Kind::string);

constexpr Builtin k_glob[] = {
    {.name = "glob.match",
     .operands = {k_text, one_of(Kind::array, Kind::null), k_text},
     .arity = 3,
     .function = match},
    {.name = "glob.quote_meta", .operands = {k_text}, .arity = 1, .function = quote_meta},
};

} // namespace

std::span<const Builtin> glob_builtins() {
    return k_glob;
}

} // namespace redoubt::rego

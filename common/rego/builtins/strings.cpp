// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/letter_case.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/utf8.hpp"

// Looking into strings. Positions and lengths count code points.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

BuiltinResult contains(BuiltinContext& context, Operands operands) {
    if (!context.work(operands[0].size() / 64)) return step_limit_error();
    return Value::boolean(operands[0].as_string().contains(operands[1].as_string()));
}

BuiltinResult startswith(BuiltinContext& /*context*/, Operands operands) {
    return Value::boolean(operands[0].as_string().starts_with(operands[1].as_string()));
}

BuiltinResult endswith(BuiltinContext& /*context*/, Operands operands) {
    return Value::boolean(operands[0].as_string().ends_with(operands[1].as_string()));
}

BuiltinResult indexof(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    const std::string_view search = operands[1].as_string();
    if (search.empty()) return builtin_error("empty search character");
    if (!context.work(text.size() / 64)) return step_limit_error();
    const std::size_t at = text.find(search);
    if (at == std::string_view::npos) return Value::integer(-1);
    return Value::integer(static_cast<std::int64_t>(count_runes(text.substr(0, at))));
}

/// Matches may overlap.
BuiltinResult indexof_n(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    const std::string_view search = operands[1].as_string();
    if (search.empty()) return builtin_error("empty search character");
    ArrayBuilder places;
    std::size_t counted = 0;
    std::size_t runes = 0;
    for (std::size_t at = text.find(search); at != std::string_view::npos; at = text.find(search, at + 1)) {
        if (!context.work(1)) return step_limit_error();
        runes += count_runes(text.substr(counted, at - counted));
        counted = at;
        places.push(Value::integer(static_cast<std::int64_t>(runes)));
    }
    if (!context.charge(places.size() * sizeof(Value))) return memory_limit_error();
    return places.build(context.arena());
}

std::size_t occurrences(std::string_view text, std::string_view search) {
    if (search.empty()) return count_runes(text) + 1;
    std::size_t count = 0;
    for (std::size_t at = text.find(search); at != std::string_view::npos;
         at = text.find(search, at + search.size()))
        ++count;
    return count;
}

BuiltinResult count_of(BuiltinContext& context, Operands operands) {
    if (!context.work(operands[0].size() / 16)) return step_limit_error();
    return Value::integer(
        static_cast<std::int64_t>(occurrences(operands[0].as_string(), operands[1].as_string())));
}

/// The byte at which code point `count` starts; the size when there are fewer.
std::size_t byte_of_rune(std::string_view text, std::int64_t count) {
    std::size_t at = 0;
    for (; count > 0 && at < text.size(); --count) at += decode_utf8(text, at).size;
    return at;
}

BuiltinResult substring(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    RDT_TRY(const std::int64_t start, integer_operand(operands[1], 2));
    RDT_TRY(const std::int64_t length, integer_operand(operands[2], 3));
    if (start < 0) return builtin_error("negative offset");
    if (!context.work(text.size() / 16)) return step_limit_error();
    const std::string_view rest = text.substr(byte_of_rune(text, start));
    if (length < 0) return text_result(context, rest);
    return text_result(context, rest.substr(0, byte_of_rune(rest, length)));
}

Operanded<std::vector<std::string_view>> one_or_many(const Value& value, std::size_t position) {
    if (value.is_string()) return std::vector<std::string_view>{value.as_string()};
    return strings_operand(value, position);
}

template <class Test>
BuiltinResult any_match(BuiltinContext& context, Operands operands, Test test) {
    RDT_TRY(const auto texts, one_or_many(operands[0], 1));
    RDT_TRY(const auto parts, one_or_many(operands[1], 2));
    for (const std::string_view text : texts) {
        if (!context.work(parts.size())) return step_limit_error();
        if (std::ranges::any_of(parts, [&](std::string_view part) { return test(text, part); }))
            return Value::boolean(true);
    }
    return Value::boolean(false);
}

BuiltinResult any_prefix_match(BuiltinContext& context, Operands operands) {
    return any_match(context, operands,
                     [](std::string_view text, std::string_view part) { return text.starts_with(part); });
}

BuiltinResult any_suffix_match(BuiltinContext& context, Operands operands) {
    return any_match(context, operands,
                     [](std::string_view text, std::string_view part) { return text.ends_with(part); });
}

BuiltinResult lower(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 2)) return memory_limit_error();
    return text_result(context, lower_case(operands[0].as_string()));
}

BuiltinResult upper(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 2)) return memory_limit_error();
    return text_result(context, upper_case(operands[0].as_string()));
}

BuiltinResult reverse(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    if (!context.charge(text.size() * 2)) return memory_limit_error();
    std::string out(text.size(), '\0');
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = decode_utf8(text, at).size;
        std::ranges::copy(text.substr(at, size), out.end() - static_cast<std::ptrdiff_t>(at + size));
        at += size;
    }
    return text_result(context, out);
}

std::string digits_of(BigInt magnitude, unsigned base) {
    if (base == 10) return magnitude.str();
    const unsigned bits = base == 16 ? 4 : base == 8 ? 3 : 1;
    std::string out;
    do {
        out += "0123456789abcdef"[static_cast<unsigned>(magnitude & (base - 1))];
        magnitude >>= bits;
    } while (magnitude != 0);
    std::ranges::reverse(out);
    return out;
}

BuiltinResult format_int(BuiltinContext& context, Operands operands) {
    const Number number = operands[0].as_number();
    const Number base = operands[1].as_number();
    if (!base.is_small() ||
        (base.small() != 2 && base.small() != 8 && base.small() != 10 && base.small() != 16))
        return operand_error(2, "must be one of {2, 8, 10, 16}");
    const auto whole = number.to_big_int();
    const BigInt value = whole ? *whole : truncate(number.to_real());
    const std::string digits =
        digits_of(boost::multiprecision::abs(value), static_cast<unsigned>(base.small()));
    return text_result(context, value < 0 ? "-" + digits : digits);
}

constexpr Operand k_text = one_of(Kind::string);
constexpr Operand k_number = one_of(Kind::number);
constexpr Operand k_texts = one_of(Kind::string, Kind::set, Kind::array);

constexpr Builtin k_strings[] = {
    {.name = "contains", .operands = {k_text, k_text}, .arity = 2, .function = contains},
    {.name = "startswith", .operands = {k_text, k_text}, .arity = 2, .function = startswith},
    {.name = "endswith", .operands = {k_text, k_text}, .arity = 2, .function = endswith},
    {.name = "indexof", .operands = {k_text, k_text}, .arity = 2, .function = indexof},
    {.name = "indexof_n", .operands = {k_text, k_text}, .arity = 2, .function = indexof_n},
    {.name = "strings.count", .operands = {k_text, k_text}, .arity = 2, .function = count_of},
    {.name = "substring", .operands = {k_text, k_number, k_number}, .arity = 3, .function = substring},
    {.name = "strings.any_prefix_match",
     .operands = {k_texts, k_texts},
     .arity = 2,
     .function = any_prefix_match},
    {.name = "strings.any_suffix_match",
     .operands = {k_texts, k_texts},
     .arity = 2,
     .function = any_suffix_match},
    {.name = "lower", .operands = {k_text}, .arity = 1, .function = lower},
    {.name = "upper", .operands = {k_text}, .arity = 1, .function = upper},
    {.name = "strings.reverse", .operands = {k_text}, .arity = 1, .function = reverse},
    {.name = "format_int", .operands = {k_number, k_number}, .arity = 2, .function = format_int},
};

} // namespace

std::span<const Builtin> string_builtins() {
    return k_strings;
}

} // namespace redoubt::rego

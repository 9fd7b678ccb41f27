// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <array>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/letter_case.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/utf8.hpp"

// Joining, splitting, replacing and trimming strings.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

BuiltinResult concat(BuiltinContext& context, Operands operands) {
    const std::string_view separator = operands[0].as_string();
    const Value& parts = operands[1];
    if (!context.work(parts.size())) return step_limit_error();
    TextSink joined(context);
    bool first = true;
    for (const Value& part : parts.items()) {
        if (!part.is_string()) return element_error(2, parts, part, "string");
        if (!first && !joined.append(separator)) return memory_limit_error();
        if (!joined.append(part.as_string())) return memory_limit_error();
        first = false;
    }
    return joined.finish();
}

/// The parts of `text` between separators, at most `limit`; an empty separator parts code points.
std::vector<std::string_view> split_text(std::string_view text, std::string_view separator,
                                         std::size_t limit) {
    std::vector<std::string_view> parts;
    if (separator.empty()) {
        for (std::size_t at = 0; at < text.size() && parts.size() < limit;) {
            const std::size_t size = decode_utf8(text, at).size;
            parts.push_back(text.substr(at, size));
            at += size;
        }
        return parts;
    }
    std::size_t start = 0;
    while (parts.size() < limit) {
        const std::size_t end = text.find(separator, start);
        parts.push_back(text.substr(start, end == std::string_view::npos ? end : end - start));
        if (end == std::string_view::npos) break;
        start = end + separator.size();
    }
    return parts;
}

BuiltinResult split(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    if (!context.work(text.size() / 16)) return step_limit_error();
    return texts_result(context, split_text(text, operands[1].as_string(), text.size() + 1));
}

/// The first n parts, or the last when n is negative.
BuiltinResult split_n(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    RDT_TRY(const std::int64_t n, integer_operand(operands[2], 3));
    if (!context.work(text.size() / 16)) return step_limit_error();
    const std::size_t most = text.size() + 1;
    const std::size_t limit = n >= 0 ? std::min<std::size_t>(static_cast<std::size_t>(n), most) : most;
    auto parts = split_text(text, operands[1].as_string(), limit);
    if (n < 0) {
        const std::uint64_t last = ~static_cast<std::uint64_t>(n) + 1;
        if (last < parts.size()) parts.erase(parts.begin(), parts.end() - static_cast<std::ptrdiff_t>(last));
    }
    return texts_result(context, parts);
}

struct Replacement {
    std::string_view from;
    std::string_view to;
};

/// Replaces at each place the first of `pairs` that fits; an empty `from` fits before every byte and at the
/// end, but not twice at one place. Source: Go's documentation of strings.NewReplacer.
BuiltinResult replace_all(BuiltinContext& context, std::string_view text,
                          std::span<const Replacement> pairs) {
    std::array<bool, 256> starts{};
    bool has_empty = false;
    for (const Replacement& pair : pairs) {
        if (pair.from.empty()) has_empty = true;
        if (!pair.from.empty()) starts[static_cast<unsigned char>(pair.from[0])] = true;
    }
    TextSink out(context);
    std::size_t copied = 0;
    bool after_empty = false;
    for (std::size_t at = 0; at <= text.size();) {
        const bool possible = at < text.size() && starts[static_cast<unsigned char>(text[at])];
        if (!possible && (!has_empty || after_empty)) {
            after_empty = false;
            ++at;
            continue;
        }
        if (!context.work(pairs.size())) return step_limit_error();
        const std::string_view rest = text.substr(at);
        const auto fits = [&](const Replacement& pair) {
            return pair.from.empty() ? !after_empty : rest.starts_with(pair.from);
        };
        const auto found = std::ranges::find_if(pairs, fits);
        after_empty = found != pairs.end() && found->from.empty();
        if (found == pairs.end()) {
            ++at;
            continue;
        }
        if (!out.append(text.substr(copied, at - copied)) || !out.append(found->to))
            return memory_limit_error();
        at += found->from.size();
        copied = at;
    }
    if (!out.append(text.substr(std::min(copied, text.size())))) return memory_limit_error();
    return out.finish();
}

BuiltinResult replace(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    const Replacement pair{operands[1].as_string(), operands[2].as_string()};
    if (!context.work(text.size() / 16)) return step_limit_error();
    if (!pair.from.empty() && !text.contains(pair.from)) return operands[0];
    return replace_all(context, text, {&pair, 1});
}

BuiltinResult replace_n(BuiltinContext& context, Operands operands) {
    std::vector<Replacement> pairs;
    for (const Member& member : operands[0].members()) {
        if (!member.key.is_string()) return operand_error(1, "non-string key found in pattern object");
        if (!member.value.is_string()) return operand_error(1, "non-string value found in pattern object");
        pairs.push_back({member.key.as_string(), member.value.as_string()});
    }
    if (!context.work(operands[1].size() / 16)) return step_limit_error();
    return replace_all(context, operands[1].as_string(), pairs);
}

/// Takes code points off the front while `test` holds.
template <class Test>
std::string_view trimmed_left(std::string_view text, Test test) {
    while (!text.empty()) {
        const Utf8Step step = decode_utf8(text, 0);
        if (!test(step.code, text.substr(0, step.size))) break;
        text.remove_prefix(step.size);
    }
    return text;
}

std::size_t last_rune_size(std::string_view text) {
    std::size_t size = 1;
    while (size < 4 && size < text.size() &&
           (static_cast<unsigned char>(text[text.size() - size]) & 0xC0U) == 0x80)
        ++size;
    return decode_utf8(text, text.size() - size).size == size ? size : 1;
}

template <class Test>
std::string_view trimmed_right(std::string_view text, Test test) {
    while (!text.empty()) {
        const std::size_t size = last_rune_size(text);
        const std::string_view last = text.substr(text.size() - size);
        if (!test(decode_utf8(last, 0).code, last)) break;
        text.remove_suffix(size);
    }
    return text;
}

/// Whether a code point is one of a cutset's.
struct InCutset {
    std::string_view cutset;
    bool operator()(std::uint32_t /*code*/, std::string_view bytes) const { return cutset.contains(bytes); }
};

BuiltinResult trim_left(BuiltinContext& context, Operands operands) {
    return text_result(context, trimmed_left(operands[0].as_string(), InCutset{operands[1].as_string()}));
}

BuiltinResult trim_right(BuiltinContext& context, Operands operands) {
    return text_result(context, trimmed_right(operands[0].as_string(), InCutset{operands[1].as_string()}));
}

BuiltinResult trim(BuiltinContext& context, Operands operands) {
    const InCutset in_cutset{operands[1].as_string()};
    return text_result(context, trimmed_right(trimmed_left(operands[0].as_string(), in_cutset), in_cutset));
}

BuiltinResult trim_space(BuiltinContext& context, Operands operands) {
    const auto space = [](std::uint32_t code, std::string_view /*bytes*/) { return is_space(code); };
    return text_result(context, trimmed_right(trimmed_left(operands[0].as_string(), space), space));
}

BuiltinResult trim_prefix(BuiltinContext& context, Operands operands) {
    std::string_view text = operands[0].as_string();
    const std::string_view prefix = operands[1].as_string();
    if (!text.starts_with(prefix)) return operands[0];
    text.remove_prefix(prefix.size());
    return text_result(context, text);
}

BuiltinResult trim_suffix(BuiltinContext& context, Operands operands) {
    std::string_view text = operands[0].as_string();
    const std::string_view suffix = operands[1].as_string();
    if (!text.ends_with(suffix)) return operands[0];
    text.remove_suffix(suffix.size());
    return text_result(context, text);
}

constexpr Operand k_text = one_of(Kind::string);
constexpr std::array<Operand, 6> k_two_texts{k_text, k_text};

constexpr Builtin k_string_edits[] = {
    {.name = "concat", .operands = {k_text, one_of(Kind::set, Kind::array)}, .arity = 2, .function = concat},
    {.name = "split", .operands = k_two_texts, .arity = 2, .function = split},
    {.name = "strings.split_n",
     .operands = {k_text, k_text, one_of(Kind::number)},
     .arity = 3,
     .function = split_n},
    {.name = "replace", .operands = {k_text, k_text, k_text}, .arity = 3, .function = replace},
    {.name = "strings.replace_n",
     .operands = {one_of(Kind::object), k_text},
     .arity = 2,
     .function = replace_n},
    {.name = "trim", .operands = k_two_texts, .arity = 2, .function = trim},
    {.name = "trim_left", .operands = k_two_texts, .arity = 2, .function = trim_left},
    {.name = "trim_right", .operands = k_two_texts, .arity = 2, .function = trim_right},
    {.name = "trim_prefix", .operands = k_two_texts, .arity = 2, .function = trim_prefix},
    {.name = "trim_suffix", .operands = k_two_texts, .arity = 2, .function = trim_suffix},
    {.name = "trim_space", .operands = {k_text}, .arity = 1, .function = trim_space},
};

} // namespace

std::span<const Builtin> string_edit_builtins() {
    return k_string_edits;
}

} // namespace redoubt::rego

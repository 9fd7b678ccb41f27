// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/builtins/regex_cache.hpp"
#include "common/rego/value/utf8.hpp"

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;
using Captures = std::vector<absl::string_view>;

Operanded<const RE2*> compiled(BuiltinContext& context, std::string_view pattern) {
    const auto regex = context.lasting<RegexCache>().get(pattern, context.environment.max_regex_bytes);
    if (!regex) return builtin_error(regex.error());
    return *regex;
}

bool affords_match(BuiltinContext& context, std::string_view text) {
    return context.work(1 + (text.size() / 16));
}

BuiltinResult match(BuiltinContext& context, Operands operands) {
    RDT_TRY(const RE2* regex, compiled(context, operands[0].as_string()));
    const std::string_view text = operands[1].as_string();
    if (!affords_match(context, text)) return step_limit_error();
    return Value::boolean(RE2::PartialMatch(piece_of(text), *regex));
}

BuiltinResult is_valid(BuiltinContext& context, Operands operands) {
    if (!operands[0].is_string()) return Value::boolean(false);
    return Value::boolean(compiled(context, operands[0].as_string()).has_value());
}

/// Finds matches one after the other, as Go's FindAll functions do: an empty match right after a match does
/// not count.
class Finder {
  public:
    Finder(const RE2& regex, std::string_view text, std::size_t captures)
        : regex_(regex), text_(text), groups_(captures + 1) {}

    /// False: no more.
    bool next() {
        while (at_ <= text_.size()) {
            if (!regex_.Match(piece_of(text_), at_, text_.size(), RE2::UNANCHORED, groups_.data(),
                              static_cast<int>(groups_.size())))
                break;
            start_ = static_cast<std::size_t>(groups_[0].data() - text_.data());
            const std::size_t end = start_ + groups_[0].size();
            const bool counts = end != at_ || start_ != last_end_;
            if (end > at_) {
                at_ = end;
            } else {
                at_ += at_ < text_.size() ? decode_utf8(text_, at_).size : 1;
            }
            last_end_ = end;
            if (counts) return true;
        }
        at_ = text_.size() + 1;
        return false;
    }
    [[nodiscard]] std::size_t start() const { return start_; }
    [[nodiscard]] std::size_t end() const { return last_end_; }
    [[nodiscard]] const Captures& groups() const { return groups_; }

  private:
    const RE2& regex_;
    std::string_view text_;
    Captures groups_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;
    std::size_t last_end_ = std::string_view::npos;
};

BuiltinResult split(BuiltinContext& context, Operands operands) {
    const std::string_view pattern = operands[0].as_string();
    const std::string_view text = operands[1].as_string();
    RDT_TRY(const RE2* regex, compiled(context, pattern));
    if (!pattern.empty() && text.empty()) return texts_result(context, {""});
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    std::size_t end = 0;
    for (Finder finder(*regex, text, 0); finder.next();) {
        if (!affords_match(context, text.substr(finder.start(), 1))) return step_limit_error();
        end = finder.start();
        if (finder.end() != 0) parts.push_back(text.substr(begin, end - begin));
        begin = finder.end();
    }
    if (end != text.size()) parts.push_back(text.substr(begin));
    return texts_result(context, parts);
}

BuiltinResult find_n(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[1].as_string();
    RDT_TRY(const std::int64_t n, integer_operand(operands[2], 3));
    RDT_TRY(const RE2* regex, compiled(context, operands[0].as_string()));
    if (!affords_match(context, text)) return step_limit_error();
    std::vector<std::string_view> found;
    Finder finder(*regex, text, 0);
    while ((n < 0 || found.size() < static_cast<std::size_t>(n)) && finder.next()) {
        if (!context.work(1)) return step_limit_error();
        found.push_back(view_of(finder.groups()[0]));
    }
    return texts_result(context, found);
}

BuiltinResult find_all_submatches(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[1].as_string();
    RDT_TRY(const std::int64_t n, integer_operand(operands[2], 3));
    RDT_TRY(const RE2* regex, compiled(context, operands[0].as_string()));
    if (!affords_match(context, text)) return step_limit_error();
    ArrayBuilder found;
    Finder finder(*regex, text, static_cast<std::size_t>(regex->NumberOfCapturingGroups()));
    while ((n < 0 || found.size() < static_cast<std::size_t>(n)) && finder.next()) {
        std::vector<std::string_view> groups;
        for (const absl::string_view group : finder.groups()) groups.push_back(view_of(group));
        RDT_TRY(const Value texts, texts_result(context, groups));
        found.push(texts);
        if (!context.charge(found.size() * sizeof(Value))) return memory_limit_error();
    }
    return found.build(context.arena());
}

bool is_name_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/// A piece of a replacement: text, or the group whose match stands there (an unknown one is empty).
struct Piece {
    std::string_view text;
    int group = -1;
    bool is_group = false;
};

/// Splits "$1 ${name} $$" as Go's Expand does: the longest run of letters, digits and _ is the name.
std::vector<Piece> template_pieces(const RE2& regex, std::string_view text) {
    std::vector<Piece> pieces;
    while (!text.empty()) {
        const std::size_t dollar = text.find('$');
        if (dollar == std::string_view::npos) break;
        if (dollar > 0) pieces.push_back({text.substr(0, dollar)});
        text.remove_prefix(dollar);
        if (text.starts_with("$$")) {
            pieces.push_back({text.substr(0, 1)});
            text.remove_prefix(2);
            continue;
        }
        const bool braced = text.starts_with("${");
        const std::size_t start = braced ? 2 : 1;
        std::size_t end = start;
        while (end < text.size() && is_name_byte(text[end])) ++end;
        if (end == start || (braced && (end >= text.size() || text[end] != '}'))) {
            pieces.push_back({text.substr(0, 1)});
            text.remove_prefix(1);
            continue;
        }
        const std::string name(text.substr(start, end - start));
        Piece piece{.is_group = true};
        const bool digits = std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
        if (digits && name.size() <= 8 && (name.size() == 1 || name[0] != '0')) {
            piece.group = std::atoi(name.c_str()); // NOLINT(bugprone-unchecked-string-to-number-conversion)
        } else if (const auto named = regex.NamedCapturingGroups().find(name);
                   named != regex.NamedCapturingGroups().end()) {
            piece.group = named->second;
        }
        pieces.push_back(piece);
        text.remove_prefix(end + (braced ? 1 : 0));
    }
    if (!text.empty()) pieces.push_back({text});
    return pieces;
}

bool append_pieces(TextSink& out, const std::vector<Piece>& pieces, const Captures& groups) {
    return std::ranges::all_of(pieces, [&](const Piece& piece) {
        if (!piece.is_group) return out.append(piece.text);
        if (piece.group < 0 || static_cast<std::size_t>(piece.group) >= groups.size()) return true;
        return out.append(view_of(groups[static_cast<std::size_t>(piece.group)]));
    });
}

BuiltinResult replace(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    RDT_TRY(const RE2* regex, compiled(context, operands[1].as_string()));
    if (!affords_match(context, text)) return step_limit_error();
    const std::vector<Piece> pieces = template_pieces(*regex, operands[2].as_string());
    TextSink out(context);
    std::size_t copied = 0;
    Finder finder(*regex, text, static_cast<std::size_t>(regex->NumberOfCapturingGroups()));
    while (finder.next()) {
        if (!context.work(1)) return step_limit_error();
        if (!out.append(text.substr(copied, finder.start() - copied)) ||
            !append_pieces(out, pieces, finder.groups()))
            return memory_limit_error();
        copied = finder.end();
    }
    if (!out.append(text.substr(copied))) return memory_limit_error();
    return out.finish();
}

std::unexpected<std::string> unbalanced(std::string_view pattern) {
    return std::unexpected("unbalanced braces in \"" + std::string(pattern) + "\"");
}

/// The regular expression of a template: what stands between the delimiters is one, the rest is literal.
std::expected<std::string, std::string> template_regex(std::string_view pattern, char open, char close) {
    std::string out = "^";
    std::size_t literal = 0;
    std::size_t start = 0;
    int level = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == open) {
            if (++level == 1) start = i;
        } else if (pattern[i] == close) {
            if (--level < 0) return unbalanced(pattern);
            if (level > 0) continue;
            out += RE2::QuoteMeta(piece_of(pattern.substr(literal, start - literal)));
            out += "(" + std::string(pattern.substr(start + 1, i - start - 1)) + ")";
            literal = i + 1;
        }
    }
    if (level != 0) return unbalanced(pattern);
    return out + RE2::QuoteMeta(piece_of(pattern.substr(literal))) + "$";
}

BuiltinResult template_match(BuiltinContext& context, Operands operands) {
    const std::string_view open = operands[2].as_string();
    const std::string_view close = operands[3].as_string();
    // Both texts give the first delimiter's length: so does OPA.
    const std::string length = std::to_string(open.size()) + " long";
    if (open.size() != 1)
        return builtin_error("start delimiter has to be exactly one character long but is " + length);
    if (close.size() != 1)
        return builtin_error("end delimiter has to be exactly one character long but is " + length);
    const std::string_view pattern = operands[0].as_string();
    const std::string key = std::string(open) + std::string(close) + std::string(pattern);
    const auto regex = context.lasting<TemplateCache>().get(
        key, [&] { return template_regex(pattern, open[0], close[0]); }, context.environment.max_regex_bytes);
    if (!regex) return builtin_error(regex.error());
    const std::string_view text = operands[1].as_string();
    if (!affords_match(context, text)) return step_limit_error();
    return Value::boolean(RE2::PartialMatch(piece_of(text), **regex));
}

constexpr Operand k_text = one_of(Kind::string);
constexpr Operand k_number = one_of(Kind::number);

constexpr Builtin k_regex[] = {
    {.name = "regex.match", .operands = {k_text, k_text}, .arity = 2, .function = match},
    {.name = "re_match", .operands = {k_text, k_text}, .arity = 2, .v0_only = true, .function = match},
    {.name = "regex.is_valid", .operands = {constants_of(Kind::string)}, .arity = 1, .function = is_valid},
    {.name = "regex.split", .operands = {k_text, k_text}, .arity = 2, .function = split},
    {.name = "regex.find_n", .operands = {k_text, k_text, k_number}, .arity = 3, .function = find_n},
    {.name = "regex.find_all_string_submatch_n",
     .operands = {k_text, k_text, k_number},
     .arity = 3,
     .function = find_all_submatches},
    {.name = "regex.replace", .operands = {k_text, k_text, k_text}, .arity = 3, .function = replace},
    {.name = "regex.template_match",
     .operands = {k_text, k_text, k_text, k_text},
     .arity = 4,
     .function = template_match},
};

} // namespace

std::span<const Builtin> regex_builtins() {
    return k_regex;
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <cmath>

#include "common/rego/builtins/go_format.hpp"
#include "common/rego/builtins/letter_case.hpp"
#include "common/rego/builtins/yaml.hpp"
#include "common/rego/value/json.hpp"
#include "common/rego/value/utf8.hpp"

// YAML text of a value, as go-yaml writes it.

namespace redoubt::rego {
namespace {

constexpr std::size_t k_best_width = 80;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Whether the text read back plainly would be something else than itself. Times of day count too.
bool reads_as_other(std::string_view text) {
    Arena scratch;
    if (!resolve_yaml_scalar(scratch, text).is_string()) return true;
    constexpr std::string_view words[] = {".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF",
                                          "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};
    if (std::ranges::find(words, text) != std::end(words)) return true;
    // 190:20:30 in base 60, and dates.
    const bool number =
        is_digit(text[0]) || ((text[0] == '-' || text[0] == '+') && text.size() > 1 && is_digit(text[1]));
    if (!number) return false;
    const std::size_t colon = text.find(':');
    const bool sexagesimal = colon != std::string_view::npos && colon + 1 < text.size() &&
                             text.find_first_not_of("0123456789_:.-+") == std::string_view::npos;
    const bool date = text.size() >= 10 && text[4] == '-' && text[7] == '-' &&
                      std::ranges::all_of(text.substr(0, 4), is_digit) &&
                      std::ranges::all_of(text.substr(5, 2), is_digit);
    return sexagesimal || date;
}

struct TextTraits {
    bool special = false; ///< needs double quotes
    bool multiline = false;
    bool plain = true;
};

bool is_yaml_printable(std::uint32_t code) {
    return code == 0x0A || (code >= 0x20 && code <= 0x7E) || code == 0x85 ||
           (code >= 0xA0 && code <= 0xD7FF) || (code >= 0xE000 && code <= 0xFFFD && code != 0xFEFF);
}

TextTraits traits_of(std::string_view text) {
    TextTraits traits;
    constexpr std::string_view no_start = "#,[]{}&*!|>'\"%@`";
    if (text.starts_with("---") || text.starts_with("...")) traits.plain = false;
    const bool blank_after_first = text.size() == 1 || text[1] == ' ';
    if (no_start.contains(text[0]) || (std::string_view("-?:").contains(text[0]) && blank_after_first))
        traits.plain = false;
    if (text.starts_with(' ') || text.ends_with(' ')) traits.plain = false;
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = decode_utf8(text, at);
        const bool last = at + step.size >= text.size();
        if (step.code == '\n') traits.multiline = true;
        if (!step.valid || !is_yaml_printable(step.code)) traits.special = true;
        if (step.code == ':' && (last || text[at + 1] == ' ' || text[at + 1] == '\n')) traits.plain = false;
        if (step.code == '#' && at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\n')) traits.plain = false;
        at += step.size;
    }
    if (traits.multiline || traits.special) traits.plain = false;
    return traits;
}

std::string double_quoted(std::string_view text) {
    std::string out = "\"";
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = decode_utf8(text, at);
        const std::string_view raw = text.substr(at, step.size);
        at += step.size;
        constexpr std::string_view from("\0\a\b\t\n\v\f\r\x1B\"\\", 11);
        constexpr std::string_view to = "0abtnvfre\"\\";
        const std::size_t named = raw.size() == 1 ? from.find(raw[0]) : std::string_view::npos;
        if (named != std::string_view::npos) {
            out += '\\';
            out += to[named];
        } else if (step.valid && is_yaml_printable(step.code)) {
            out += raw;
        } else {
            const int digits = step.code <= 0xFF ? 2 : step.code <= 0xFFFF ? 4 : 8;
            out += digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U";
            for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
                out += "0123456789ABCDEF"[(step.code >> static_cast<unsigned>(shift)) & 0xFU];
        }
    }
    return out + "\"";
}

class Writer {
  public:
    [[nodiscard]] std::string take() { return std::move(out_); }

    void document(const Value& value) {
        node(value, 0);
        if (!out_.ends_with('\n')) out_ += '\n';
    }

  private:
    void indent(std::size_t depth) { out_.append(depth, ' '); }

    /// Puts a node at the current place; further lines of it start at `depth`.
    void node(const Value& value, std::size_t depth) {
        if (value.is_object() && value.size() > 0) return mapping(value, depth);
        if (value.is_collection() && !value.is_object() && value.size() > 0) return sequence(value, depth);
        if (value.is_string()) return text(value.as_string(), depth);
        if (value.is_number()) {
            out_ += number(value.as_number());
        } else {
            out_ += render_json(value);
        }
    }

    static std::string number(const Number& number) {
        if (number.is_small()) return std::to_string(number.small());
        const auto whole = number.to_big_int();
        std::string text = number.text();
        const bool digits = text.find_first_not_of("-0123456789") == std::string::npos;
        if (whole && digits && *whole >= INT64_MIN && *whole <= UINT64_MAX) return text;
        const double value = number.to_double();
        if (std::isinf(value)) return text;
        return render_go_float(value, 'g', -1);
    }

    /// go-yaml orders keys as people do: numbers in them by value, letters after other characters.
    static bool comes_before(std::string_view a, std::string_view b) {
        std::size_t i = 0;
        while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
        const bool in_digits = i > 0 && is_digit(a[i - 1]);
        if (i >= a.size() || i >= b.size()) return a.size() < b.size();
        const auto is_letter = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                   (static_cast<unsigned char>(c) >= 0x80);
        };
        if (is_letter(a[i]) && is_letter(b[i])) return a[i] < b[i];
        if (is_letter(a[i]) || is_letter(b[i])) {
            if (in_digits) return is_letter(a[i]);
            return is_letter(b[i]);
        }
        const auto run = [](std::string_view text, std::size_t from) {
            std::size_t end = from;
            while (end < text.size() && is_digit(text[end])) ++end;
            return text.substr(from, end - from);
        };
        std::size_t start = i;
        while (start > 0 && is_digit(a[start - 1])) --start;
        auto x = run(a, start);
        auto y = run(b, start);
        x.remove_prefix(std::min(x.find_first_not_of('0'), x.size()));
        y.remove_prefix(std::min(y.find_first_not_of('0'), y.size()));
        if (x.size() != y.size()) return x.size() < y.size();
        if (x != y) return x < y;
        return a[i] < b[i];
    }

    void mapping(const Value& object, std::size_t depth) {
        std::vector<Member> members(object.members().begin(), object.members().end());
        std::ranges::stable_sort(members, [](const Member& a, const Member& b) {
            return comes_before(a.key.as_string(), b.key.as_string());
        });
        bool first = true;
        for (const Member& member : members) {
            if (!first) indent(depth);
            first = false;
            key(member.key.as_string());
            out_ += ':';
            const Value& value = member.value;
            const bool block = value.is_collection() && value.size() > 0;
            if (!block) {
                out_ += ' ';
                node(value, depth + 2);
                end_line();
                continue;
            }
            out_ += '\n';
            // Sequences stand at the column of their mapping.
            const std::size_t below = value.is_object() ? depth + 2 : depth;
            indent(below);
            node(value, below);
        }
    }

    void sequence(const Value& list, std::size_t depth) {
        bool first = true;
        for (const Value& item : list.items()) {
            if (!first) indent(depth);
            first = false;
            out_ += "- ";
            node(item, depth + 2);
            end_line();
        }
    }

    void end_line() {
        if (!out_.ends_with('\n')) out_ += '\n';
    }

    void key(std::string_view text) {
        if (text.empty()) {
            out_ += "\"\"";
        } else if (const TextTraits traits = traits_of(text);
                   reads_as_other(text) || traits.special || traits.multiline) {
            out_ += double_quoted(text);
        } else if (traits.plain) {
            out_ += text;
        } else {
            single_quoted(text);
        }
    }

    void single_quoted(std::string_view text) {
        out_ += '\'';
        for (const char c : text) {
            out_ += c;
            if (c == '\'') out_ += c;
        }
        out_ += '\'';
    }

    void text(std::string_view text, std::size_t depth) {
        if (text.empty()) {
            out_ += "\"\"";
            return;
        }
        const TextTraits traits = traits_of(text);
        if (traits.special || (!traits.multiline && reads_as_other(text))) {
            out_ += double_quoted(text);
        } else if (traits.multiline) {
            literal(text, std::max<std::size_t>(depth, 2));
        } else if (traits.plain) {
            folded(text, depth);
        } else {
            single_quoted(text);
        }
    }

    /// Plain text; long lines are broken at single spaces.
    void folded(std::string_view text, std::size_t depth) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            const std::size_t line = out_.rfind('\n');
            const std::size_t column = out_.size() - (line == std::string::npos ? 0 : line + 1);
            const bool single =
                text[i] == ' ' && i > 0 && text[i - 1] != ' ' && i + 1 < text.size() && text[i + 1] != ' ';
            if (single && column > k_best_width) {
                out_ += '\n';
                indent(std::max<std::size_t>(depth, 2));
            } else {
                out_ += text[i];
            }
        }
    }

    void literal(std::string_view text, std::size_t depth) {
        out_ += '|';
        if (text[0] == ' ' || text[0] == '\n') out_ += '2';
        if (!text.ends_with('\n')) {
            out_ += '-';
        } else if (text.ends_with("\n\n") || text == "\n") {
            out_ += '+';
        }
        out_ += '\n';
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            if (end > 0) {
                indent(depth);
                out_ += text.substr(0, end);
            }
            out_ += '\n';
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }

    std::string out_;
};

} // namespace

std::string render_yaml(const Value& value) {
    Arena scratch;
    Writer writer;
    writer.document(to_json_value(scratch, value));
    return writer.take();
}

} // namespace redoubt::rego

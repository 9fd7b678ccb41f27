// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/go_format.hpp"

#include <algorithm>

#include "common/rego/builtins/letter_case.hpp"
#include "common/rego/value/utf8.hpp"

namespace redoubt::rego {
namespace {

/// Widths count code points; zeros pad only on the left.
void append_padded(std::string& out, std::string_view text, const GoSpec& spec) {
    const auto width = static_cast<std::size_t>(spec.has_width ? spec.width : 0);
    const std::size_t runes = width == 0 ? 0 : count_runes(text);
    const std::size_t missing = width > runes ? width - runes : 0;
    if (spec.minus) {
        out += text;
        out.append(missing, ' ');
        return;
    }
    out.append(missing, spec.zero ? '0' : ' ');
    out += text;
}

std::string digits_in(std::uint64_t value, unsigned base, bool upper) {
    const std::string_view alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string digits;
    do {
        digits += alphabet[value % base];
        value /= base;
    } while (value != 0);
    std::ranges::reverse(digits);
    return digits;
}

/// Sign, prefix and zeros around the digits of a whole number.
void append_integer(std::string& out, std::int64_t value, char32_t verb, unsigned base, const GoSpec& spec) {
    const bool negative = value < 0;
    const std::uint64_t magnitude =
        negative ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
    GoSpec padding = spec;
    int least = spec.has_precision ? spec.precision : 0;
    if (spec.has_precision) {
        padding.zero = false;
        if (least == 0 && value == 0) return append_padded(out, "", padding);
    } else if (spec.zero && !spec.minus && spec.has_width) {
        least = spec.width - (negative || spec.plus || spec.space ? 1 : 0);
        padding.zero = false;
    }
    padding.zero = false;
    std::string digits = digits_in(magnitude, base, verb == U'X');
    if (static_cast<int>(digits.size()) < least)
        digits.insert(0, static_cast<std::size_t>(least) - digits.size(), '0');
    if (spec.sharp) {
        if (base == 2) digits.insert(0, "0b");
        if (base == 8 && digits[0] != '0') digits.insert(0, "0");
        if (base == 16) digits.insert(0, verb == U'X' ? "0X" : "0x");
    }
    if (verb == U'O') digits.insert(0, "0o");
    if (negative) {
        digits.insert(0, "-");
    } else if (spec.plus) {
        digits.insert(0, "+");
    } else if (spec.space) {
        digits.insert(0, " ");
    }
    append_padded(out, digits, padding);
}

std::string rune_text(std::uint64_t code) {
    std::string text;
    const bool valid = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    append_utf8(text, valid ? static_cast<std::uint32_t>(code) : k_replacement);
    return text;
}

/// %U: U+0041, with # also the character.
void append_code_point(std::string& out, std::int64_t value, const GoSpec& spec) {
    const auto code = static_cast<std::uint64_t>(value);
    std::string digits = digits_in(code, 16, true);
    const auto least = static_cast<std::size_t>(std::max(spec.has_precision ? spec.precision : 4, 4));
    if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
    std::string text = "U+" + digits;
    if (spec.sharp && code <= 0x10FFFF && is_printable(static_cast<std::uint32_t>(code)))
        text += " '" + rune_text(code) + "'";
    GoSpec padding = spec;
    padding.zero = false;
    append_padded(out, text, padding);
}

bool append_int(std::string& out, std::int64_t value, char32_t verb, const GoSpec& spec) {
    switch (verb) {
    case U'v':
    case U'd': append_integer(out, value, verb, 10, spec); return true;
    case U'b': append_integer(out, value, verb, 2, spec); return true;
    case U'o':
    case U'O': append_integer(out, value, verb, 8, spec); return true;
    case U'x':
    case U'X': append_integer(out, value, verb, 16, spec); return true;
    case U'c': append_padded(out, rune_text(static_cast<std::uint64_t>(value)), spec); return true;
    case U'q':
        append_padded(out, quote_go_text(rune_text(static_cast<std::uint64_t>(value)), spec.plus, '\''),
                      spec);
        return true;
    case U'U': append_code_point(out, value, spec); return true;
    default: return false;
    }
}

/// Puts back what %#g and its like keep: the point and trailing zeros.
std::string with_point(std::string text, char verb, int precision) {
    int digits = verb == 'g' || verb == 'G' || verb == 'v' ? (precision < 0 ? 6 : precision) : 0;
    std::string tail;
    if (const std::size_t e = text.find_first_of("eE"); e != std::string::npos) {
        tail = text.substr(e);
        text.resize(e);
    }
    bool significant = false;
    for (const char c : text) {
        if (c >= '1' && c <= '9') significant = true;
        if (significant && c >= '0' && c <= '9') --digits;
    }
    if (!text.contains('.')) {
        if (text.find_first_not_of("-+0") == std::string::npos) --digits;
        text += '.';
    }
    if (digits > 0) text.append(static_cast<std::size_t>(digits), '0');
    return text + tail;
}

bool append_float(std::string& out, double value, char32_t verb, const GoSpec& spec) {
    constexpr std::u32string_view shortest = U"vbgGxX";
    constexpr std::u32string_view six = U"feEF";
    const bool known = shortest.contains(verb) || six.contains(verb);
    if (!known) return false;
    const int precision = spec.has_precision ? spec.precision : (six.contains(verb) ? 6 : -1);
    const char format = verb == U'v' ? 'g' : static_cast<char>(verb);
    std::string text = render_go_float(value, format, precision);
    if (spec.sharp && verb != U'b' && verb != U'x' && verb != U'X')
        text = with_point(std::move(text), format, precision);
    std::string sign;
    if (text[0] == '-') {
        sign = "-";
        text.erase(0, 1);
    } else if (spec.plus) {
        sign = "+";
    } else if (spec.space) {
        sign = " ";
    }
    const auto width = static_cast<std::size_t>(spec.has_width ? spec.width : 0);
    if (spec.zero && !spec.minus && !sign.empty() && width > text.size() + 1)
        text.insert(0, width - text.size() - 1, '0');
    append_padded(out, sign + text, spec);
    return true;
}

std::string big_digits(const BigInt& value, unsigned base) {
    if (base == 10) return BigInt(boost::multiprecision::abs(value)).str();
    const unsigned bits = base == 16 ? 4 : base == 8 ? 3 : 1;
    BigInt rest = boost::multiprecision::abs(value);
    std::string digits;
    do {
        digits += "0123456789abcdef"[static_cast<unsigned>(rest & (base - 1))];
        rest >>= bits;
    } while (rest != 0);
    std::ranges::reverse(digits);
    return digits;
}

/// As big.Int's own Format method, which knows other verbs than fmt does for ints.
bool append_big(std::string& out, const BigInt& value, char32_t verb, const GoSpec& spec) {
    constexpr std::u32string_view verbs = U"bodsvxXO";
    if (!verbs.contains(verb)) {
        out += "%!";
        append_utf8(out, verb);
        out += "(big.Int=" + value.str() + ")";
        return true;
    }
    const unsigned base = verb == U'b'                   ? 2
                          : verb == U'o' || verb == U'O' ? 8
                          : verb == U'x' || verb == U'X' ? 16
                                                         : 10;
    std::string digits = big_digits(value, base);
    if (verb == U'X') digits = upper_case(digits);
    std::string front = value < 0 ? "-" : spec.plus || spec.plus_v ? "+" : spec.space ? " " : "";
    if (spec.sharp)
        front += verb == U'b' ? "0b" : verb == U'o' ? "0" : verb == U'x' ? "0x" : verb == U'X' ? "0X" : "";
    if (verb == U'O') front += "0o";
    std::size_t zeros = 0;
    if (spec.has_precision && digits.size() < static_cast<std::size_t>(spec.precision))
        zeros = static_cast<std::size_t>(spec.precision) - digits.size();
    const std::size_t length = front.size() + zeros + digits.size();
    const auto width = static_cast<std::size_t>(spec.has_width ? spec.width : 0);
    const std::size_t missing = width > length ? width - length : 0;
    const bool pad_zeros = !spec.minus && spec.zero && !spec.has_precision;
    if (!spec.minus && !pad_zeros) out.append(missing, ' ');
    out += front;
    out.append(zeros + (pad_zeros ? missing : 0), '0');
    out += digits;
    if (spec.minus) out.append(missing, ' ');
    return true;
}

std::string_view truncated(std::string_view text, const GoSpec& spec) {
    if (!spec.has_precision) return text;
    std::size_t at = 0;
    for (int i = 0; i < spec.precision && at < text.size(); ++i) at += decode_utf8(text, at).size;
    return text.substr(0, at);
}

void append_hex(std::string& out, std::string_view text, bool upper, const GoSpec& spec) {
    if (spec.has_precision) text = text.substr(0, static_cast<std::size_t>(spec.precision));
    const std::string_view alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    const std::string_view prefix = upper ? "0X" : "0x";
    std::string hex;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (spec.space && i > 0) hex += ' ';
        if (spec.sharp && (spec.space || i == 0)) hex += prefix;
        const auto byte = static_cast<unsigned char>(text[i]);
        hex += alphabet[byte >> 4U];
        hex += alphabet[byte & 0xFU];
    }
    append_padded(out, hex, spec);
}

bool can_backquote(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = decode_utf8(text, at);
        if (!step.valid || step.code == 0xFEFF || (step.code < ' ' && step.code != '\t') ||
            step.code == '`' || step.code == 0x7F)
            return false;
        at += step.size;
    }
    return true;
}

bool append_text(std::string& out, std::string_view text, char32_t verb, const GoSpec& spec) {
    switch (verb) {
    case U'v':
        if (spec.sharp_v) return append_text(out, text, U'q', spec);
        [[fallthrough]];
    case U's': append_padded(out, truncated(text, spec), spec); return true;
    case U'x':
    case U'X': append_hex(out, text, verb == U'X', spec); return true;
    case U'q': {
        const std::string_view shown = truncated(text, spec);
        if (spec.sharp && can_backquote(shown)) {
            append_padded(out, "`" + std::string(shown) + "`", spec);
        } else {
            append_padded(out, quote_go_text(shown, spec.plus), spec);
        }
        return true;
    }
    default: return false;
    }
}

/// Overloads for std::visit.
struct Appender {
    std::string& out;
    char32_t verb;
    const GoSpec& spec;

    bool operator()(std::int64_t value) const { return append_int(out, value, verb, spec); }
    bool operator()(const BigInt& value) const { return append_big(out, value, verb, spec); }
    bool operator()(double value) const { return append_float(out, value, verb, spec); }
    bool operator()(const std::string& value) const { return append_text(out, value, verb, spec); }
};

} // namespace

void append_go_value(std::string& out, const GoValue& value, char32_t verb, const GoSpec& spec) {
    if (verb == U'T') {
        append_text(out, go_type_name(value), U's', spec);
        return;
    }
    if (verb != U'p' && std::visit(Appender{out, verb, spec}, value)) return;
    out += "%!";
    append_utf8(out, verb);
    out += '(';
    out += go_type_name(value);
    out += '=';
    if (std::holds_alternative<BigInt>(value)) {
        out += std::get<BigInt>(value).str();
    } else {
        (void)std::visit(Appender{out, U'v', spec}, value);
    }
    out += ')';
}

std::string_view go_type_name(const GoValue& value) {
    constexpr std::string_view names[] = {"int64", "*big.Int", "float64", "string"};
    return names[value.index()];
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/yaml_scalars.hpp"

#include <algorithm>
#include <utility>

#include "common/base/error.hpp"

namespace redoubt::yaml {
namespace {

bool is_flow_mark(char c) {
    return c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
}

std::string_view trimmed_right(std::string_view text) {
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

/// UTF-8 of a code point. Source: RFC 3629, section 3.
void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&out](std::uint32_t bits) { out += static_cast<char>(0x80U | (bits & 0x3FU)); };
    if (code < 0x80U) {
        out += static_cast<char>(code);
    } else if (code < 0x800U) {
        out += static_cast<char>(0xC0U | (code >> 6U));
        tail(code);
    } else if (code < 0x10000U) {
        out += static_cast<char>(0xE0U | (code >> 12U));
        tail(code >> 6U);
        tail(code);
    } else {
        out += static_cast<char>(0xF0U | (code >> 18U));
        tail(code >> 12U);
        tail(code >> 6U);
        tail(code);
    }
}

} // namespace

bool Cursor::at_document_mark() const {
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    return column() == 0 && (rest.starts_with("---") || rest.starts_with("...")) && at_blank(3);
}

void Cursor::skip_break() {
    if (peek() == '\r' && peek(1) == '\n') ++at_;
    if (at_ < text_.size()) ++at_;
    ++line_;
    line_start_ = at_;
}

bool Cursor::skip_to_content() {
    bool tab_indents = false;
    while (!at_end()) {
        while (peek() == ' ' || peek() == '\t') {
            if (peek() == '\t' && from(line_start_).find_first_not_of(' ') == std::string_view::npos)
                tab_indents = true;
            ++at_;
        }
        if (peek() == '#' && (column() == 0 || at_ == 0 || text_[at_ - 1] == ' ' || text_[at_ - 1] == '\t')) {
            while (!at_break()) ++at_;
        }
        if (!at_break() || at_end()) break;
        skip_break();
        tab_indents = false;
    }
    return !tab_indents || at_end();
}

/// Goes over line breaks inside a scalar: one becomes a space, more become one less.
void ScalarReader::fold(std::string& out) {
    out.resize(trimmed_right(out).size());
    std::size_t breaks = 0;
    while (!cursor_.at_end()) {
        cursor_.skip_spaces();
        if (!cursor_.at_break() || cursor_.at_end()) break;
        cursor_.skip_break();
        ++breaks;
        if (cursor_.at_document_mark()) break;
    }
    if (breaks == 1) out += ' ';
    if (breaks > 1) out.append(breaks - 1, '\n');
}

ScalarReader::Scalar ScalarReader::single_quoted() {
    std::string out;
    cursor_.skip();
    while (!cursor_.at_end()) {
        const char c = cursor_.peek();
        if (c == '\'' && cursor_.peek(1) != '\'') {
            cursor_.skip();
            return ScalarText{.text = std::move(out), .is_plain = false};
        }
        if (cursor_.at_break()) {
            fold(out);
            if (cursor_.at_document_mark()) break;
            continue;
        }
        if (c == '\'') cursor_.skip();
        out += c;
        cursor_.skip();
    }
    return std::unexpected(ScalarFault::unclosed_quotes);
}

std::expected<void, ScalarFault> ScalarReader::escape(std::string& out) {
    cursor_.skip();
    const char c = cursor_.peek();
    if (cursor_.at_break()) {
        // The line goes on; its indentation does not count.
        cursor_.skip_break();
        cursor_.skip_spaces();
        return {};
    }
    cursor_.skip();
    constexpr std::string_view letters = "0abt\tnvfre \"/\\";
    constexpr std::string_view meanings("\0\a\b\t\t\n\v\f\r\x1B \"/\\", 14);
    if (const std::size_t at = letters.find(c); at != std::string_view::npos) {
        out += meanings[at];
        return {};
    }
    if (c == 'N' || c == '_' || c == 'L' || c == 'P') {
        append_utf8(out, c == 'N' ? 0x85U : c == '_' ? 0xA0U : c == 'L' ? 0x2028U : 0x2029U);
        return {};
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0) return std::unexpected(ScalarFault::unknown_escape);
    std::uint32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const char d = cursor_.peek();
        const std::size_t digit =
            std::string_view("0123456789abcdef").find(d >= 'A' && d <= 'F' ? static_cast<char>(d + 32) : d);
        if (cursor_.at_end() || digit == std::string_view::npos)
            return std::unexpected(ScalarFault::no_hex_digit);
        code = (code << 4U) | static_cast<std::uint32_t>(digit);
        cursor_.skip();
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return std::unexpected(ScalarFault::no_character);
    append_utf8(out, code);
    return {};
}

ScalarReader::Scalar ScalarReader::double_quoted() {
    std::string out;
    cursor_.skip();
    while (!cursor_.at_end()) {
        const char c = cursor_.peek();
        if (c == '"') {
            cursor_.skip();
            return ScalarText{.text = std::move(out), .is_plain = false};
        }
        if (cursor_.at_break()) {
            fold(out);
            if (cursor_.at_document_mark()) break;
        } else if (c == '\\') {
            RDT_CHECK(escape(out));
        } else {
            out += c;
            cursor_.skip();
        }
    }
    return std::unexpected(ScalarFault::unclosed_quotes);
}

ScalarReader::Scalar ScalarReader::plain_scalar(std::size_t least, bool in_flow) {
    constexpr std::string_view no_start = "%@`";
    if (no_start.contains(cursor_.peek())) return std::unexpected(ScalarFault::bad_start);
    std::string out;
    while (true) {
        // The rest of the line.
        while (!cursor_.at_break()) {
            const char c = cursor_.peek();
            if (c == '#' && !out.empty() && (out.back() == ' ' || out.back() == '\t')) break;
            if (c == ':' && (cursor_.at_blank(1) || (in_flow && is_flow_mark(cursor_.peek(1))))) break;
            if (in_flow && is_flow_mark(c)) break;
            out += c;
            cursor_.skip();
        }
        if (!cursor_.at_break() || cursor_.at_end()) break;
        // Lines that are indented enough go on with it.
        const Cursor here = cursor_;
        const std::size_t size = trimmed_right(out).size();
        fold(out);
        const bool ends = cursor_.at_end() || cursor_.at_document_mark() || cursor_.peek() == '#' ||
                          (!in_flow && cursor_.column() < least);
        if (ends) {
            out.resize(size);
            cursor_ = here;
            break;
        }
        if (in_flow && is_flow_mark(cursor_.peek())) {
            out.resize(size);
            break;
        }
        if (!in_flow && at_key()) return std::unexpected(ScalarFault::key_inside);
    }
    out.resize(trimmed_right(out).size());
    return ScalarText{.text = std::move(out), .is_plain = true};
}

ScalarReader::Scalar ScalarReader::block_scalar(std::size_t least) {
    const bool folded = cursor_.peek() == '>';
    cursor_.skip();
    char chomp = ' ';
    std::size_t indent = 0;
    for (int i = 0; i < 2; ++i) {
        const char c = cursor_.peek();
        if (c == '+' || c == '-') chomp = c;
        if (c >= '1' && c <= '9') indent = (least == 0 ? 0 : least - 1) + static_cast<std::size_t>(c - '0');
        if (c == '+' || c == '-' || (c >= '1' && c <= '9')) cursor_.skip();
    }
    cursor_.skip_spaces();
    if (cursor_.peek() == '#') {
        while (!cursor_.at_break()) cursor_.skip();
    }
    if (!cursor_.at_break()) return std::unexpected(ScalarFault::bad_header);
    if (!cursor_.at_end()) cursor_.skip_break();
    std::string out;
    std::size_t breaks = 0;    // since the last line with text
    bool last_is_more = false; // the last line was indented further
    while (!cursor_.at_end() && !cursor_.at_document_mark()) {
        const Cursor start_of_line = cursor_;
        while (cursor_.peek() == ' ' && (indent == 0 || cursor_.column() < indent)) cursor_.skip();
        if (cursor_.at_break()) {
            if (cursor_.at_end()) break;
            cursor_.skip_break();
            ++breaks;
            continue;
        }
        if (indent == 0) indent = std::max(cursor_.column(), std::max<std::size_t>(least, 1));
        if (cursor_.column() < indent || (cursor_.column() < least)) {
            cursor_ = start_of_line;
            break;
        }
        const bool more = cursor_.peek() == ' ' || cursor_.peek() == '\t';
        if (folded && !out.empty() && !more && !last_is_more && breaks > 0) {
            if (breaks == 1) out += ' ';
            out.append(breaks - 1, '\n');
        } else {
            out.append(breaks, '\n');
        }
        breaks = 0;
        last_is_more = more;
        const std::size_t start = cursor_.position();
        while (!cursor_.at_break()) cursor_.skip();
        out += cursor_.from(start);
        if (cursor_.at_end()) break;
        cursor_.skip_break();
        breaks = 1;
    }
    if (chomp == '+') {
        out.append(breaks, '\n');
    } else if (chomp == ' ' && breaks > 0 && !out.empty()) {
        out += '\n';
    }
    return ScalarText{.text = std::move(out), .is_plain = false};
}

ScalarReader::Scalar ScalarReader::read_scalar(std::size_t least, bool in_flow) {
    switch (cursor_.peek()) {
    case '\'': return single_quoted();
    case '"': return double_quoted();
    case '|':
    case '>':
        if (!in_flow) return block_scalar(least);
        return std::unexpected(ScalarFault::bad_start);
    default: return plain_scalar(least, in_flow);
    }
}

} // namespace redoubt::yaml

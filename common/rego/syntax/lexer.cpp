// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/syntax/lexer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/rego/value/utf8.hpp"

namespace redoubt::rego {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<std::uint32_t> hex_unit(std::string_view text, std::size_t at) {
    if (at + 4 > text.size()) return std::nullopt;
    std::uint32_t code = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        const char c = text[i];
        const bool upper = c >= 'A' && c <= 'F';
        const bool lower = c >= 'a' && c <= 'f';
        if (!is_digit(c) && !upper && !lower) return std::nullopt;
        code = (code << 4U) |
               static_cast<std::uint32_t>(is_digit(c) ? c - '0' : (upper ? c - 'A' : c - 'a') + 10);
    }
    return code;
}

/// Decodes the escape after a backslash at `at`; gives how many bytes it took, 0 for an error.
std::size_t decode_escape(std::string_view text, std::size_t at, std::string& out) {
    constexpr std::string_view from = "\"\\/bfnrt";
    constexpr std::string_view to = "\"\\/\b\f\n\r\t";
    if (at >= text.size()) return 0;
    if (const std::size_t found = from.find(text[at]); found != std::string_view::npos) {
        out += to[found];
        return 1;
    }
    if (text[at] != 'u') return 0;
    const auto high = hex_unit(text, at + 1);
    if (!high) return 0;
    if (*high >= 0xD800 && *high < 0xDC00 && text.substr(at + 5).starts_with("\\u")) {
        const auto low = hex_unit(text, at + 7);
        if (low && *low >= 0xDC00 && *low < 0xE000) {
            append_utf8(out, 0x10000U + ((*high - 0xD800U) << 10U) + (*low - 0xDC00U));
            return 11;
        }
    }
    append_utf8(out, *high >= 0xD800 && *high < 0xE000 ? k_replacement : *high);
    return 5;
}

} // namespace

std::string_view name_of(TokenKind kind) {
    constexpr std::array<std::string_view, 46> names = {"end of text",
                                                        "illegal token",
                                                        "identifier",
                                                        "number",
                                                        "string",
                                                        "string",
                                                        "template string",
                                                        "package",
                                                        "import",
                                                        "as",
                                                        "default",
                                                        "else",
                                                        "not",
                                                        "some",
                                                        "every",
                                                        "with",
                                                        "null",
                                                        "true",
                                                        "false",
                                                        "in",
                                                        "if",
                                                        "contains",
                                                        "[",
                                                        "]",
                                                        "{",
                                                        "}",
                                                        "(",
                                                        ")",
                                                        ",",
                                                        ":",
                                                        ";",
                                                        ".",
                                                        ":=",
                                                        "=",
                                                        "==",
                                                        "!=",
                                                        "<",
                                                        "<=",
                                                        ">",
                                                        ">=",
                                                        "+",
                                                        "-",
                                                        "*",
                                                        "/",
                                                        "%",
                                                        "&"};
    const auto index = static_cast<std::size_t>(kind);
    return index < names.size() ? names[index] : "|";
}

TokenKind Lexer::keyword_of(std::string_view word) const {
    constexpr std::array<std::pair<std::string_view, TokenKind>, 11> always = {
        {{"package", TokenKind::kw_package},
         {"import", TokenKind::kw_import},
         {"as", TokenKind::kw_as},
         {"default", TokenKind::kw_default},
         {"else", TokenKind::kw_else},
         {"not", TokenKind::kw_not},
         {"some", TokenKind::kw_some},
         {"with", TokenKind::kw_with},
         {"null", TokenKind::kw_null},
         {"true", TokenKind::kw_true},
         {"false", TokenKind::kw_false}}};
    for (const auto& [name, kind] : always) {
        if (word == name) return kind;
    }
    if (keywords.in && word == "in") return TokenKind::kw_in;
    if (keywords.every && word == "every") return TokenKind::kw_every;
    if (keywords.if_ && word == "if") return TokenKind::kw_if;
    if (keywords.contains && word == "contains") return TokenKind::kw_contains;
    return TokenKind::identifier;
}

void Lexer::line_break() {
    ++row_;
    line_start_ = at_;
}

void Lexer::rewind_to(const Token& token) {
    at_ = token.end;
    row_ = token.at.row;
    line_start_ = token.begin + 1 - token.at.column;
}

void Lexer::skip_space(Token& token) {
    while (true) {
        const char c = peek();
        if (c == '\n') {
            ++at_;
            line_break();
            token.after_line_break = true;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            ++at_;
        } else if (c == '#') {
            skip_comment();
        } else {
            return;
        }
        token.after_space = true;
    }
}

void Lexer::skip_comment() {
    const Location at = location();
    const std::size_t begin = at_ + 1;
    at_ = std::min(text_.find('\n', at_), text_.size());
    if (comments.empty() || comments.back().begin < begin)
        comments.push_back({at, begin, at_}); // else: rewound
}

Token Lexer::next() {
    Token token;
    skip_space(token);
    token.begin = at_;
    token.at = location();
    const char c = peek();
    if (at_ >= text_.size()) {
        token.kind = TokenKind::end;
    } else if (is_letter(c)) {
        token.kind = read_word();
        token.text = text_.substr(token.begin, at_ - token.begin);
        // A keyword that heads a reference is a name: `if.foo`.
        const bool heads = peek() == '.' && is_letter(peek(1));
        if (token.kind != TokenKind::identifier && heads) token.kind = TokenKind::identifier;
    } else if (is_digit(c)) {
        token.kind = read_number(token);
    } else if (c == '"') {
        token.kind = read_string(token);
    } else if (c == '`') {
        token.kind = read_raw_string(token);
    } else {
        token.kind = read_punctuation(token);
    }
    token.end = at_;
    return token;
}

TokenKind Lexer::read_word() {
    const std::size_t start = at_;
    while (is_letter(peek()) || is_digit(peek())) ++at_;
    return keyword_of(text_.substr(start, at_ - start));
}

TokenKind Lexer::read_number(Token& token) {
    const std::size_t start = at_;
    const bool leads_with_zero = peek() == '0' && is_digit(peek(1));
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && is_digit(peek(1))) {
        ++at_;
        while (is_digit(peek())) ++at_;
    } else if (peek() == '.' && !is_letter(peek(1))) {
        ++at_;
        token.text = "expected fraction";
        return TokenKind::illegal;
    }
    if (peek() == 'e' || peek() == 'E') {
        ++at_;
        if (peek() == '+' || peek() == '-') ++at_;
        if (!is_digit(peek())) {
            token.text = "expected exponent";
            return TokenKind::illegal;
        }
        while (is_digit(peek())) ++at_;
    }
    if (is_letter(peek())) {
        token.text = "illegal number format";
        return TokenKind::illegal;
    }
    token.text = text_.substr(start, at_ - start);
    if (leads_with_zero) {
        token.text = "expected number without leading zeros";
        return TokenKind::illegal;
    }
    return TokenKind::number;
}

TokenKind Lexer::read_string(Token& token) {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
        if (text_[at_] == '\n') {
            token.text = "non-terminated string";
            return TokenKind::illegal;
        }
        at_ += text_[at_] == '\\' && at_ + 1 < text_.size() ? 2U : 1U;
    }
    if (at_ >= text_.size()) {
        at_ = text_.size();
        token.text = "non-terminated string";
        return TokenKind::illegal;
    }
    ++at_;
    token.text = text_.substr(start, at_ - start);
    return TokenKind::string;
}

TokenKind Lexer::read_raw_string(Token& token) {
    const std::size_t start = ++at_;
    while (at_ < text_.size() && text_[at_] != '`') {
        if (text_[at_++] == '\n') line_break();
    }
    if (at_ >= text_.size()) {
        token.text = "non-terminated string";
        return TokenKind::illegal;
    }
    token.text = text_.substr(start, at_ - start);
    ++at_;
    return TokenKind::raw_string;
}

TokenKind Lexer::read_punctuation(Token& token) {
    constexpr std::array<std::pair<std::string_view, TokenKind>, 27> all = {
        {{":=", TokenKind::assign},
         {"==", TokenKind::equal},
         {"!=", TokenKind::not_equal},
         {"<=", TokenKind::less_equal},
         {">=", TokenKind::greater_equal},
         {"$\"", TokenKind::template_start},
         {"$`", TokenKind::template_start},
         {"[", TokenKind::left_bracket},
         {"]", TokenKind::right_bracket},
         {"{", TokenKind::left_brace},
         {"}", TokenKind::right_brace},
         {"(", TokenKind::left_paren},
         {")", TokenKind::right_paren},
         {",", TokenKind::comma},
         {":", TokenKind::colon},
         {";", TokenKind::semicolon},
         {".", TokenKind::dot},
         {"=", TokenKind::unify},
         {"<", TokenKind::less},
         {">", TokenKind::greater},
         {"+", TokenKind::plus},
         {"-", TokenKind::minus},
         {"*", TokenKind::times},
         {"/", TokenKind::divide},
         {"%", TokenKind::remainder},
         {"&", TokenKind::ampersand},
         {"|", TokenKind::bar}}};
    const std::string_view rest = text_.substr(at_);
    for (const auto& [text, kind] : all) {
        if (!rest.starts_with(text)) continue;
        at_ += text.size();
        token.text = text;
        return kind;
    }
    at_ += decode_utf8(text_, at_).size;
    token.text = "illegal character";
    return TokenKind::illegal;
}

Lexer::Chunk Lexer::next_chunk(bool raw) {
    Chunk chunk;
    chunk.at = location();
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == (raw ? '`' : '"')) {
            ++at_;
            return chunk;
        }
        if (c == '{') {
            ++at_;
            chunk.opens_expression = true;
            return chunk;
        }
        if (c == '\n' && !raw) break;
        if (c == '\\' && peek(1) == '{') {
            chunk.text += '{';
            at_ += 2;
        } else if (c == '\\' && !raw) {
            const std::size_t taken = decode_escape(text_, at_ + 1, chunk.text);
            if (taken == 0) {
                chunk.error = "illegal escape sequence";
                return chunk;
            }
            at_ += taken + 1;
        } else {
            chunk.text += c;
            ++at_;
            if (c == '\n') line_break();
        }
    }
    chunk.error = "non-terminated string";
    return chunk;
}

bool decode_string(std::string_view inside, std::string& out) {
    for (std::size_t at = 0; at < inside.size();) {
        const auto c = static_cast<unsigned char>(inside[at]);
        if (c == '\\') {
            const std::size_t taken = decode_escape(inside, at + 1, out);
            if (taken == 0) return false;
            at += taken + 1;
        } else if (c < 0x20) {
            return false;
        } else if (c >= 0x80) {
            const Utf8Step step = decode_utf8(inside, at);
            append_utf8(out, step.code);
            at += step.size;
        } else {
            out += inside[at++];
        }
    }
    return true;
}

} // namespace redoubt::rego

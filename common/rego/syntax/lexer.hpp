// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Source text to tokens, one at a time: the parser saves and restores its place by copying the lexer.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/rego/syntax/ast.hpp"

namespace redoubt::rego {

enum class TokenKind : std::uint8_t {
    end,
    illegal, ///< text says why
    identifier,
    number,
    string,         ///< text is the literal with its quotes
    raw_string,     ///< text is what is between the backticks
    template_start, ///< $" or $`
    // Keywords.
    kw_package,
    kw_import,
    kw_as,
    kw_default,
    kw_else,
    kw_not,
    kw_some,
    kw_every,
    kw_with,
    kw_null,
    kw_true,
    kw_false,
    kw_in,
    kw_if,
    kw_contains,
    // Punctuation.
    left_bracket,
    right_bracket,
    left_brace,
    right_brace,
    left_paren,
    right_paren,
    comma,
    colon,
    semicolon,
    dot,
    assign, ///< :=
    unify,  ///< =
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    plus,
    minus,
    times,
    divide,
    remainder,
    ampersand,
    bar,
};

/// "{", "identifier" ...: for messages.
[[nodiscard]] std::string_view name_of(TokenKind kind);

struct Token {
    TokenKind kind = TokenKind::end;
    bool after_line_break = false;
    bool after_space = false; ///< of any kind
    Location at;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view text;
};

/// Which of the later keywords are words of the language here.
struct Keywords {
    bool in = false;
    bool every = false;
    bool if_ = false;
    bool contains = false;
    bool not_body = false; ///< `not` negates a body
};

class Lexer {
  public:
    Lexer(std::uint32_t file, std::string_view text) : text_(text), file_(file) {}

    Keywords keywords;
    std::vector<Comment> comments; ///< those passed so far

    [[nodiscard]] Token next();

    /// Continues inside a template string: reads text up to the closing quote or a brace that opens an
    /// expression.
    struct Chunk {
        std::string text;
        bool opens_expression = false;
        std::string error; ///< empty when none
        Location at;
    };
    [[nodiscard]] Chunk next_chunk(bool raw);

    [[nodiscard]] Location location() const {
        return {file_, row_, static_cast<std::uint32_t>(at_ - line_start_ + 1)};
    }
    [[nodiscard]] std::size_t offset() const { return at_; }
    [[nodiscard]] bool at_parenthesis() const { return peek() == '('; }
    /// Goes back to where a token ended. Only within one line's worth of lookahead: used for templates.
    void rewind_to(const Token& token);

  private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    void skip_space(Token& token);
    void skip_comment();
    void line_break();
    [[nodiscard]] TokenKind read_word();
    [[nodiscard]] TokenKind read_number(Token& token);
    [[nodiscard]] TokenKind read_string(Token& token);
    [[nodiscard]] TokenKind read_raw_string(Token& token);
    [[nodiscard]] TokenKind read_punctuation(Token& token);
    [[nodiscard]] TokenKind keyword_of(std::string_view word) const;

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_start_ = 0;
    std::uint32_t row_ = 1;
    std::uint32_t file_ = 0;
};

/// Decodes the inside of a quoted string literal (as JSON does). Empty result with false: a bad escape.
[[nodiscard]] bool decode_string(std::string_view inside, std::string& out);

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Characters and scalars of a YAML text: what every reader of YAML begins with. What a key is, what a node
/// is and in which words a fault is told are the reader's own: yaml_reader.hpp,
/// common/rego/builtins/yaml_reader.hpp. Source: YAML 1.1, chapters 5 to 9. Thread: none of its own.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace redoubt::yaml {

/// Walks through the characters; knows lines and columns.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool at_break(std::size_t ahead = 0) const {
        return at_ + ahead >= text_.size() || peek(ahead) == '\n' || peek(ahead) == '\r';
    }
    [[nodiscard]] bool at_blank(std::size_t ahead = 0) const {
        return at_break(ahead) || peek(ahead) == ' ' || peek(ahead) == '\t';
    }
    /// "---" or "..." at the start of a line.
    [[nodiscard]] bool at_document_mark() const;
    [[nodiscard]] std::size_t column() const { return at_ - line_start_; }
    [[nodiscard]] std::size_t line() const { return line_; }
    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] std::string_view from(std::size_t start) const { return text_.substr(start, at_ - start); }

    void skip(std::size_t count = 1) { at_ += count; }
    void skip_break();
    void skip_spaces() {
        while (peek() == ' ' || peek() == '\t') ++at_;
    }
    /// To the next character that means something, over spaces, comments and lines. False: a tab indents.
    bool skip_to_content();

  private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t line_start_ = 0;
};

enum class ScalarFault : std::uint8_t {
    unclosed_quotes,
    unknown_escape,
    no_hex_digit,
    no_character, ///< the number of an escape is none of Unicode's
    bad_start,    ///< a character that begins no scalar here
    key_inside,   ///< a line that would go on with it is a key
    bad_header,   ///< of a block scalar: something but a comment follows
};

struct ScalarText {
    std::string text;
    bool is_plain = false; ///< neither quoted nor a block: it may mean something else than text
};

/// After a fault the cursor stands where it was found.
class ScalarReader {
  public:
    explicit ScalarReader(std::string_view text) : cursor_(text) {}
    ScalarReader(const ScalarReader&) = delete;
    ScalarReader& operator=(const ScalarReader&) = delete;
    ScalarReader(ScalarReader&&) = delete;
    ScalarReader& operator=(ScalarReader&&) = delete;
    virtual ~ScalarReader() = default;

  protected:
    using Scalar = std::expected<ScalarText, ScalarFault>;

    /// A scalar of any style; its further lines stand at `least` columns or more.
    Scalar read_scalar(std::size_t least, bool in_flow);
    /// Whether a mapping's key starts here: something and then ": " on this line. Moves nothing.
    virtual bool at_key() = 0;

    Cursor cursor_;

  private:
    Scalar plain_scalar(std::size_t least, bool in_flow);
    Scalar single_quoted();
    Scalar double_quoted();
    Scalar block_scalar(std::size_t least);
    std::expected<void, ScalarFault> escape(std::string& out);
    void fold(std::string& out);
};

} // namespace redoubt::yaml

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The reader of yaml.hpp; for its own files only.

#include "common/encoding/yaml.hpp"

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

class Reader {
  public:
    Reader(std::string_view name, std::string_view text, const Limits& limits)
        : name_(name), cursor_(text), limits_(limits) {}

    Result<std::vector<Node>> run();

  private:
    /// A node of a block whose lines stand at `least` columns or more; an empty scalar when there is none.
    Result<Node> block_node(std::size_t least, bool sequence_here);
    Result<Node> content(std::size_t least, bool is_inline);
    Result<Node> block_sequence(bool in_mapping);
    Result<Node> block_mapping();
    Result<Node> mapping_value(std::size_t column);
    Result<Node> sequence_entry(std::size_t column);
    Result<Node> flow_node();
    Result<Node> flow_sequence();
    Result<Node> flow_mapping();
    Result<std::string> key();

    Result<Node> scalar(std::size_t least, bool in_flow);
    Result<Node> plain_scalar(std::size_t least, bool in_flow);
    Result<Node> single_quoted();
    Result<Node> double_quoted();
    Result<Node> block_scalar(std::size_t least);
    Status escape(std::string& out);
    void fold(std::string& out);

    [[nodiscard]] bool at_entry() const { return cursor_.peek() == '-' && cursor_.at_blank(1); }
    /// Whether a mapping's key starts here: something and then ": " on this line.
    [[nodiscard]] bool at_key();
    Status to_content();
    /// What this reader does not read.
    [[nodiscard]] Status refuse_marks() const;
    [[nodiscard]] Status add(Node& mapping, Member member) const;
    [[nodiscard]] Node begin(Node::Kind kind) const;
    [[nodiscard]] std::unexpected<Error> wrong(std::string_view what) const;
    [[nodiscard]] std::unexpected<Error> wrong_at(std::size_t line, std::string_view what) const;

    std::string name_;
    Cursor cursor_;
    Limits limits_;
    std::size_t depth_ = 0;
};

} // namespace redoubt::yaml

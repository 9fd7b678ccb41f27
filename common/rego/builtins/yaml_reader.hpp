// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The reader of yaml.hpp; for its own files only.

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "common/rego/builtins/yaml.hpp"

namespace redoubt::rego {

/// Fault of a text: what, and (by the reader) where.
using YamlFault = std::string;
template <class T>
using YamlOr = std::expected<T, YamlFault>;

/// Walks through the characters; knows lines and columns.
class YamlCursor {
  public:
    explicit YamlCursor(std::string_view text) : text_(text) {}

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
    /// Goes back to `position` on the same line.
    void back_to(std::size_t position) { at_ = position; }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t line_start_ = 0;
};

class YamlReader {
  public:
    YamlReader(Arena& arena, std::string_view text, const YamlLimits& limits)
        : arena_(arena), cursor_(text), limits_(limits) {}

    Result<Value> run();

  private:
    struct Properties {
        std::string anchor;
        std::string tag;
        bool any = false;
    };
    struct Text {
        std::string text;
        bool plain = false;
    };

    YamlOr<Value> document();
    /// A node of a block whose lines stand at `least` columns or more.
    YamlOr<Value> block_node(std::size_t least, bool sequence_here);
    YamlOr<Value> inline_node(std::size_t least);
    YamlOr<Value> content(std::size_t least, bool is_inline);
    YamlOr<Value> with_properties(std::size_t least, bool is_inline);
    /// `in_mapping`: it stands at the column of the mapping whose value it is.
    YamlOr<Value> block_sequence(std::size_t column, bool in_mapping);
    YamlOr<Value> block_mapping(std::size_t column);
    YamlOr<Value> mapping_value(std::size_t column);
    YamlOr<Value> sequence_entry(std::size_t column);
    YamlOr<Value> flow_node();
    YamlOr<Value> flow_sequence();
    YamlOr<Value> flow_mapping();
    /// The value after a colon; undefined: there is none.
    YamlOr<Value> flow_pair();
    YamlOr<Value> alias();
    YamlOr<Properties> properties();

    YamlOr<Text> scalar(std::size_t least, bool in_flow);
    YamlOr<Text> plain_scalar(std::size_t least, bool in_flow);
    YamlOr<Text> single_quoted();
    YamlOr<Text> double_quoted();
    YamlOr<Text> block_scalar(std::size_t least);
    YamlOr<std::monostate> escape(std::string& out);
    void fold(std::string& out);

    [[nodiscard]] bool at_entry() const { return cursor_.peek() == '-' && cursor_.at_blank(1); }
    /// Whether a mapping's key starts here: something and then ": " on this line.
    [[nodiscard]] bool at_key();
    YamlOr<Value> key();
    YamlOr<Value> key_of(const Value& value);
    Value meaning(const Text& text, const std::string& tag);
    YamlOr<std::monostate> merge(ObjectBuilder& members, const Value& from);
    YamlOr<Value> settle(const Properties& properties, YamlOr<Value> value);
    YamlOr<std::monostate> to_content();
    [[nodiscard]] std::unexpected<YamlFault> fault(std::string_view what) const;

    /// A mapping's own members go before merged ones.
    struct Mapping {
        ObjectBuilder own;
        ObjectBuilder merged;
    };
    YamlOr<std::monostate> put(Mapping& mapping, const Value& key, const Value& value);
    Value finish(Mapping& mapping);

    Arena& arena_;
    YamlCursor cursor_;
    const YamlLimits& limits_;
    std::map<std::string, Value, std::less<>> anchors_;
    std::size_t depth_ = 0;
    std::size_t repeated_ = 0;
};

} // namespace redoubt::rego

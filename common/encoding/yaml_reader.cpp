// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/yaml_reader.hpp"

#include <algorithm>

// Documents and collections of a YAML text.

namespace redoubt::yaml {
namespace {

constexpr std::string_view k_no_mapping = "a key is not allowed here: is a line break or a quote missing?";

/// Leaves a depth when the block that entered it is left.
class Depth {
  public:
    explicit Depth(std::size_t& depth) : depth_(depth) { ++depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    Depth(Depth&&) = delete;
    Depth& operator=(Depth&&) = delete;
    ~Depth() { --depth_; }

  private:
    std::size_t& depth_;
};

std::string_view words_of(ScalarFault fault) {
    switch (fault) {
    case ScalarFault::unclosed_quotes: return "the text ends inside of quotes";
    case ScalarFault::unknown_escape: return "this escape is not known";
    case ScalarFault::no_hex_digit: return "hexadecimal digits are missing";
    case ScalarFault::no_character: return "this is no character of Unicode";
    case ScalarFault::bad_start: return "this character must be quoted";
    case ScalarFault::key_inside: return k_no_mapping;
    case ScalarFault::bad_header: return "only a comment may follow here";
    }
    return "not a scalar";
}

bool is_empty(const Node& node) {
    return node.kind == Node::Kind::scalar && node.text.empty() && !node.is_quoted;
}

} // namespace

std::unexpected<Error> Reader::wrong_at(std::size_t line, std::string_view what) const {
    return fail(Code::invalid_argument, "{}: line {}: {}", name_, line, what);
}

std::unexpected<Error> Reader::wrong(std::string_view what) const {
    return wrong_at(cursor_.line(), what);
}

Node Reader::begin(Node::Kind kind) const {
    return {.kind = kind, .text = {}, .line = cursor_.line()};
}

Status Reader::to_content() {
    if (!cursor_.skip_to_content()) return wrong("a tab indents: YAML wants spaces");
    return {};
}

Status Reader::refuse_marks() const {
    switch (cursor_.peek()) {
    case '&': return wrong("anchors are not read here");
    case '*': return wrong("aliases are not read here");
    case '!': return wrong("tags are not read here");
    case '?':
        if (cursor_.at_blank(1)) return wrong("'? ' before a key is not read here");
        return {};
    case '%':
    case '@':
    case '`': return wrong("this character must be quoted");
    default: return {};
    }
}

Result<std::vector<Node>> Reader::run() {
    std::vector<Node> documents;
    for (;;) {
        RDT_CHECK(to_content());
        while (cursor_.peek() == '%' && cursor_.column() == 0) {
            while (!cursor_.at_break()) cursor_.skip();
            RDT_CHECK(to_content());
        }
        while (cursor_.at_document_mark()) {
            cursor_.skip(3);
            RDT_CHECK(to_content());
        }
        if (cursor_.at_end()) return documents;
        RDT_TRY(auto document, block_node(0, true));
        RDT_CHECK(to_content());
        if (!cursor_.at_end() && !cursor_.at_document_mark())
            return wrong("not at the place of what is before it");
        if (!is_empty(document)) documents.push_back(std::move(document));
    }
}

Result<Node> Reader::scalar(std::size_t least, bool in_flow) {
    const auto line = cursor_.line();
    auto read = read_scalar(least, in_flow);
    if (!read) return wrong(words_of(read.error()));
    return Node{.text = std::move(read->text), .is_quoted = !read->is_plain, .line = line};
}

Result<Node> Reader::block_node(std::size_t least, bool sequence_here) {
    RDT_CHECK(to_content());
    const bool is_sequence = sequence_here && least > 0 && cursor_.column() + 1 == least && at_entry();
    if (cursor_.at_end() || cursor_.at_document_mark() || (cursor_.column() < least && !is_sequence))
        return begin(Node::Kind::scalar);
    if (is_sequence) return block_sequence(/*in_mapping=*/true);
    return content(least, /*is_inline=*/false);
}

Result<Node> Reader::content(std::size_t least, bool is_inline) {
    const Depth deeper(depth_);
    if (depth_ > limits_.max_depth) return wrong("nested too deeply");
    RDT_CHECK(refuse_marks());
    if (at_entry()) {
        if (is_inline) return wrong("a list begins on a line of its own");
        return block_sequence(/*in_mapping=*/false);
    }
    if (!is_inline && at_key()) return block_mapping();
    Result<Node> value = begin(Node::Kind::scalar);
    if (cursor_.peek() == '[' || cursor_.peek() == '{')
        value = flow_node();
    else
        value = scalar(least, false);
    if (!value) return value;
    cursor_.skip_spaces();
    if (cursor_.peek() == ':' && cursor_.at_blank(1)) return wrong(k_no_mapping);
    return value;
}

Result<Node> Reader::sequence_entry(std::size_t column) {
    cursor_.skip();
    cursor_.skip_spaces();
    if (cursor_.at_break() || cursor_.peek() == '#') return block_node(column + 1, false);
    return content(column + 1, /*is_inline=*/false);
}

Result<Node> Reader::block_sequence(bool in_mapping) {
    const Depth deeper(depth_);
    if (depth_ > limits_.max_depth) return wrong("nested too deeply");
    auto sequence = begin(Node::Kind::sequence);
    const auto column = cursor_.column();
    for (;;) {
        RDT_TRY(auto item, sequence_entry(column));
        sequence.items.push_back(std::move(item));
        RDT_CHECK(to_content());
        if (cursor_.at_end() || cursor_.at_document_mark() || cursor_.column() < column) return sequence;
        if (cursor_.column() == column && at_entry()) continue;
        // In a mapping at the same column its next key may follow.
        if (in_mapping && cursor_.column() == column && at_key()) return sequence;
        return wrong("neither the next entry of the list nor its end");
    }
}

bool Reader::at_key() {
    const Cursor here = cursor_;
    const auto line = cursor_.line();
    bool is_key = false;
    if (cursor_.peek() == '"' || cursor_.peek() == '\'') {
        const auto text = read_scalar(0, false);
        cursor_.skip_spaces();
        is_key = text && cursor_.line() == line && cursor_.peek() == ':' && cursor_.at_blank(1);
    } else if (!std::string_view("[]{},#|>").contains(cursor_.peek())) {
        while (!cursor_.at_break()) {
            if (cursor_.peek() == ':' && cursor_.at_blank(1)) {
                is_key = true;
                break;
            }
            if ((cursor_.peek() == ' ' || cursor_.peek() == '\t') && cursor_.peek(1) == '#') break;
            cursor_.skip();
        }
    }
    cursor_ = here;
    return is_key;
}

Result<std::string> Reader::key() {
    RDT_CHECK(refuse_marks());
    if (cursor_.peek() == '"' || cursor_.peek() == '\'') {
        RDT_TRY(auto text, scalar(0, false));
        cursor_.skip_spaces();
        return std::move(text.text);
    }
    const auto start = cursor_.position();
    while (!(cursor_.peek() == ':' && cursor_.at_blank(1)) && !cursor_.at_break()) cursor_.skip();
    auto text = cursor_.from(start);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    if (text == "<<") return wrong("merge keys are not read here");
    return std::string(text);
}

Status Reader::add(Node& mapping, Member member) const {
    const auto known = std::ranges::find(mapping.members, member.key, &Member::key);
    if (known != mapping.members.end())
        return wrong_at(member.line,
                        "'" + member.key + "' is here twice, first on line " + std::to_string(known->line));
    mapping.members.push_back(std::move(member));
    return {};
}

Result<Node> Reader::mapping_value(std::size_t column) {
    cursor_.skip(); // the colon
    cursor_.skip_spaces();
    if (cursor_.at_break() || cursor_.peek() == '#') return block_node(column + 1, true);
    return content(column + 1, /*is_inline=*/true);
}

Result<Node> Reader::block_mapping() {
    auto mapping = begin(Node::Kind::mapping);
    const auto column = cursor_.column();
    for (;;) {
        Member member{.key = {}, .line = cursor_.line(), .value = {}};
        RDT_TRY(member.key, key());
        RDT_TRY(member.value, mapping_value(column));
        RDT_CHECK(add(mapping, std::move(member)));
        RDT_CHECK(to_content());
        if (cursor_.at_end() || cursor_.at_document_mark() || cursor_.column() < column) return mapping;
        if (cursor_.column() > column) return wrong("indented further than the key before it");
        if (!at_key()) return wrong("a key and a colon are missing");
    }
}

Result<Node> Reader::flow_node() {
    const Depth deeper(depth_);
    if (depth_ > limits_.max_depth) return wrong("nested too deeply");
    RDT_CHECK(refuse_marks());
    if (cursor_.peek() == '[') return flow_sequence();
    if (cursor_.peek() == '{') return flow_mapping();
    if (std::string_view(",]}").contains(cursor_.peek())) return begin(Node::Kind::scalar);
    return scalar(0, /*in_flow=*/true);
}

Result<Node> Reader::flow_sequence() {
    auto sequence = begin(Node::Kind::sequence);
    cursor_.skip();
    for (;;) {
        RDT_CHECK(to_content());
        if (cursor_.peek() == ']') break;
        if (cursor_.at_end() || cursor_.peek() == ',' || cursor_.peek() == '}')
            return wrong("an entry of the list in [] is missing");
        RDT_TRY(auto item, flow_node());
        sequence.items.push_back(std::move(item));
        RDT_CHECK(to_content());
        if (cursor_.peek() == ',')
            cursor_.skip();
        else if (cursor_.peek() != ']')
            return wrong("',' or ']' is missing");
    }
    cursor_.skip();
    return sequence;
}

Result<Node> Reader::flow_mapping() {
    auto mapping = begin(Node::Kind::mapping);
    cursor_.skip();
    for (;;) {
        RDT_CHECK(to_content());
        if (cursor_.peek() == '}') break;
        if (cursor_.at_end()) return wrong("'}' is missing");
        Member member{.key = {}, .line = cursor_.line(), .value = begin(Node::Kind::scalar)};
        RDT_TRY(auto name, flow_node());
        if (name.kind != Node::Kind::scalar) return wrong("a collection as a key is not read here");
        member.key = std::move(name.text);
        RDT_CHECK(to_content());
        if (cursor_.peek() == ':') {
            cursor_.skip();
            RDT_CHECK(to_content());
            RDT_TRY(member.value, flow_node());
            RDT_CHECK(to_content());
        }
        RDT_CHECK(add(mapping, std::move(member)));
        if (cursor_.peek() == ',')
            cursor_.skip();
        else if (cursor_.peek() != '}')
            return wrong("',' or '}' is missing");
    }
    cursor_.skip();
    return mapping;
}

Result<std::vector<Node>> parse(std::string_view name, std::string_view text, const Limits& limits) {
    if (text.size() > limits.max_bytes)
        return fail(Code::resource_exhausted, "{}: {} bytes; at most {} are read", name, text.size(),
                    limits.max_bytes);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return Reader(name, text, limits).run();
}

} // namespace redoubt::yaml

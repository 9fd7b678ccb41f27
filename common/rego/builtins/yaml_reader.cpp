// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/yaml_reader.hpp"

#include <algorithm>

// Collections, anchors and documents of a YAML text.

namespace redoubt::rego {
namespace {

/// Values in a value.
std::size_t weight_of(const Value& value) {
    std::size_t weight = 1;
    if (value.is_object()) {
        for (const Member& member : value.members()) weight += weight_of(member.value);
    } else if (value.is_collection()) {
        for (const Value& item : value.items()) weight += weight_of(item);
    }
    return weight;
}

constexpr std::string_view k_no_mapping = "mapping values are not allowed in this context";

/// In go-yaml's words.
std::string_view words_of(yaml::ScalarFault fault) {
    switch (fault) {
    case yaml::ScalarFault::unclosed_quotes: return "found unexpected end of stream";
    case yaml::ScalarFault::unknown_escape: return "found unknown escape character";
    case yaml::ScalarFault::no_hex_digit: return "did not find expected hexdecimal number";
    case yaml::ScalarFault::no_character: return "found invalid Unicode character escape code";
    case yaml::ScalarFault::bad_start: return "found character that cannot start any token";
    case yaml::ScalarFault::key_inside: return k_no_mapping;
    case yaml::ScalarFault::bad_header: return "did not find expected comment or line break";
    }
    return "not a scalar";
}

} // namespace

Result<Value> YamlReader::run() {
    const auto value = document();
    if (!value) return fail(Code::invalid_argument, "{}", value.error());
    return *value;
}

YamlOr<std::monostate> YamlReader::to_content() {
    if (!cursor_.skip_to_content()) return fault("found character that cannot start any token");
    return {};
}

std::unexpected<YamlFault> YamlReader::fault(std::string_view what) const {
    return std::unexpected("yaml: line " + std::to_string(cursor_.line()) + ": " + std::string(what));
}

YamlOr<YamlReader::Text> YamlReader::scalar(std::size_t least, bool in_flow) {
    auto read = read_scalar(least, in_flow);
    if (!read) return fault(words_of(read.error()));
    return *std::move(read);
}

YamlOr<Value> YamlReader::document() {
    RDT_CHECK(to_content());
    while (cursor_.peek() == '%' && cursor_.column() == 0) {
        while (!cursor_.at_break()) cursor_.skip();
        RDT_CHECK(to_content());
    }
    if (cursor_.at_document_mark() && cursor_.peek() == '-') {
        cursor_.skip(3);
        RDT_CHECK(to_content());
    }
    if (cursor_.at_end() || cursor_.at_document_mark()) return Value::null();
    // What follows the first node is not looked at; nor does go-yaml.
    return block_node(0, true);
}

YamlOr<Value> YamlReader::block_node(std::size_t least, bool sequence_here) {
    RDT_CHECK(to_content());
    const bool sequence = sequence_here && least > 0 && cursor_.column() + 1 == least && at_entry();
    if (cursor_.at_end() || cursor_.at_document_mark() || (cursor_.column() < least && !sequence))
        return Value::null();
    if (sequence) return block_sequence(cursor_.column(), /*in_mapping=*/true);
    return with_properties(least, /*is_inline=*/false);
}

YamlOr<Value> YamlReader::inline_node(std::size_t least) {
    return with_properties(least, /*is_inline=*/true);
}

YamlOr<YamlReader::Properties> YamlReader::properties() {
    Properties found;
    while (cursor_.peek() == '&' || cursor_.peek() == '!') {
        const bool anchor = cursor_.peek() == '&';
        const std::size_t start = cursor_.position() + (anchor ? 1 : 0);
        while (!cursor_.at_blank() && !std::string_view(",[]{}").contains(cursor_.peek())) cursor_.skip();
        std::string& text = anchor ? found.anchor : found.tag;
        if (!text.empty()) return fault("did not find expected node content");
        text = cursor_.from(start);
        if (anchor && text.empty()) return fault("did not find expected alphabetic or numeric character");
        found.any = true;
        cursor_.skip_spaces();
    }
    return found;
}

YamlOr<Value> YamlReader::settle(const Properties& properties, YamlOr<Value> value) {
    if (value && !properties.anchor.empty()) anchors_[properties.anchor] = *value;
    return value;
}

YamlOr<Value> YamlReader::with_properties(std::size_t least, bool is_inline) {
    // Properties before a key on the same line belong to the key.
    if (!is_inline && at_key()) return content(least, is_inline);
    RDT_TRY(const Properties found, properties());
    if (!found.any) return content(least, is_inline);
    if (cursor_.at_break() || cursor_.peek() == '#') return settle(found, block_node(least, true));
    if (found.tag == "!!str" && !std::string_view("[{*").contains(cursor_.peek())) {
        RDT_TRY(const Text text, scalar(least, false));
        return settle(found, meaning(text, found.tag));
    }
    return settle(found, content(least, is_inline));
}

YamlOr<Value> YamlReader::content(std::size_t least, bool is_inline) {
    if (++depth_ > limits_.max_depth) return fault("nested too deeply");
    const std::size_t column = cursor_.column();
    YamlOr<Value> value = Value::null();
    if (at_entry() && is_inline) {
        return fault("block sequence entries are not allowed in this context");
    }
    if (at_entry()) {
        value = block_sequence(column, /*in_mapping=*/false);
    } else if (!is_inline && at_key()) {
        value = block_mapping(column);
    } else if (cursor_.peek() == '[' || cursor_.peek() == '{') {
        value = flow_node();
    } else if (cursor_.peek() == '*') {
        value = alias();
    } else if (cursor_.peek() == ':' && cursor_.at_blank(1)) {
        return fault(is_inline ? k_no_mapping : "did not find expected key");
    } else {
        auto text = scalar(least, false);
        if (!text) return std::unexpected(text.error());
        value = meaning(*text, {});
    }
    if (!value) return value;
    --depth_;
    cursor_.skip_spaces();
    if (cursor_.peek() == ':' && cursor_.at_blank(1)) return fault(k_no_mapping);
    return value;
}

Value YamlReader::meaning(const Text& text, const std::string& tag) {
    if (text.is_plain && tag != "!!str") return resolve_yaml_scalar(arena_, text.text);
    return make_string(arena_, text.text);
}

YamlOr<Value> YamlReader::sequence_entry(std::size_t column) {
    cursor_.skip();
    cursor_.skip_spaces();
    if (cursor_.at_break() || cursor_.peek() == '#') return block_node(column + 1, false);
    return with_properties(column + 1, /*is_inline=*/false);
}

YamlOr<Value> YamlReader::block_sequence(std::size_t column, bool in_mapping) {
    ArrayBuilder items;
    while (true) {
        RDT_TRY(const Value item, sequence_entry(column));
        items.push(item);
        RDT_CHECK(to_content());
        if (cursor_.at_end() || cursor_.at_document_mark() || cursor_.column() < column) break;
        if (cursor_.column() > column || !at_entry()) {
            // In a mapping at the same column its next key may follow.
            if (in_mapping && cursor_.column() == column && at_key()) break;
            return fault("did not find expected '-' indicator");
        }
    }
    if (!arena_.charge(items.size() * sizeof(Value))) return fault("too large");
    return items.build(arena_);
}

bool YamlReader::at_key() {
    const yaml::Cursor here = cursor_;
    bool found = false;
    if (cursor_.peek() == '?' && cursor_.at_blank(1)) return true;
    while (cursor_.peek() == '&' || cursor_.peek() == '!') {
        while (!cursor_.at_blank()) cursor_.skip();
        cursor_.skip_spaces();
    }
    const std::size_t line = cursor_.line();
    if (cursor_.peek() == '"' || cursor_.peek() == '\'') {
        const auto text = read_scalar(0, false);
        found = text.has_value() && cursor_.line() == line;
    } else if (std::string_view("[{|>#").contains(cursor_.peek()) ||
               (cursor_.peek() == '-' && cursor_.at_blank(1))) {
        found = false;
    } else {
        const std::size_t start = cursor_.position();
        while (!cursor_.at_break() && !(cursor_.peek() == ':' && cursor_.at_blank(1))) {
            if (cursor_.peek() == '#' && cursor_.position() > start && cursor_.from(start).back() == ' ')
                break;
            cursor_.skip();
        }
        found = cursor_.position() > start;
    }
    cursor_.skip_spaces();
    found = found && cursor_.peek() == ':' && cursor_.at_blank(1);
    cursor_ = here;
    return found;
}

YamlOr<Value> YamlReader::key_of(const Value& value) {
    if (value.is_string()) return value;
    if (value.is_boolean()) return make_string(arena_, value.as_boolean() ? "true" : "false");
    if (value.is_number()) return make_string(arena_, value.as_number().text());
    return fault("unsupported map key");
}

YamlOr<Value> YamlReader::key() {
    RDT_TRY(const Properties found, properties());
    if (cursor_.peek() == '*') {
        RDT_TRY(const Value value, alias());
        return key_of(value);
    }
    if (cursor_.peek() == '"' || cursor_.peek() == '\'') {
        RDT_TRY(const Text text, scalar(0, false));
        return make_string(arena_, text.text);
    }
    const std::size_t start = cursor_.position();
    while (!(cursor_.peek() == ':' && cursor_.at_blank(1)) && !cursor_.at_break()) cursor_.skip();
    std::string_view text = cursor_.from(start);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    if (!text.empty() && std::string_view("%@`").contains(text[0]))
        return fault("found character that cannot start any token");
    if (text == "<<" || found.tag == "!!str") return make_string(arena_, text);
    return key_of(resolve_yaml_scalar(arena_, text));
}

YamlOr<Value> YamlReader::mapping_value(std::size_t column) {
    cursor_.skip_spaces();
    if (cursor_.peek() != ':') return Value::null(); // "? key" alone
    cursor_.skip();
    cursor_.skip_spaces();
    if (cursor_.at_break() || cursor_.peek() == '#') return block_node(column + 1, true);
    return inline_node(column + 1);
}

YamlOr<std::monostate> YamlReader::merge(ObjectBuilder& members, const Value& from) {
    if (from.is_array()) {
        for (std::size_t i = from.size(); i-- > 0;) {
            if (!from.items()[i].is_object())
                return fault("map merge requires map or sequence of maps as the value");
            RDT_CHECK(merge(members, from.items()[i]));
        }
        return {};
    }
    if (!from.is_object()) return fault("map merge requires map or sequence of maps as the value");
    for (const Member& member : from.members()) members.insert(member.key, member.value);
    return {};
}

YamlOr<std::monostate> YamlReader::put(Mapping& mapping, const Value& key, const Value& value) {
    if (key.as_string() == "<<") return merge(mapping.merged, value);
    mapping.own.insert(key, value);
    return {};
}

Value YamlReader::finish(Mapping& mapping) {
    if (mapping.merged.size() == 0) return mapping.own.build(arena_);
    const Value own = mapping.own.build(arena_);
    for (const Member& member : own.members()) mapping.merged.insert(member.key, member.value);
    return mapping.merged.build(arena_);
}

YamlOr<Value> YamlReader::block_mapping(std::size_t column) {
    Mapping mapping;
    while (true) {
        Value name;
        if (cursor_.peek() == '?' && cursor_.at_blank(1)) {
            cursor_.skip();
            cursor_.skip_spaces();
            RDT_TRY(const Value node, block_node(column + 1, false));
            RDT_TRY(name, key_of(node));
            RDT_CHECK(to_content());
        } else {
            RDT_TRY(name, key());
        }
        RDT_TRY(const Value value, mapping_value(column));
        RDT_CHECK(put(mapping, name, value));
        RDT_CHECK(to_content());
        if (cursor_.at_end() || cursor_.at_document_mark() || cursor_.column() < column) break;
        if (cursor_.column() > column) return fault("did not find expected key");
        if (!at_key()) return fault(at_entry() ? "did not find expected key" : "could not find expected ':'");
    }
    return finish(mapping);
}

YamlOr<Value> YamlReader::alias() {
    cursor_.skip();
    const std::size_t start = cursor_.position();
    while (!cursor_.at_blank() && !std::string_view(",[]{}").contains(cursor_.peek())) cursor_.skip();
    const std::string_view name = cursor_.from(start);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) return fault("unknown anchor '" + std::string(name) + "' referenced");
    repeated_ += weight_of(found->second);
    if (repeated_ > limits_.max_repeated) return fault("document contains excessive aliasing");
    return found->second;
}

YamlOr<Value> YamlReader::flow_node() {
    if (++depth_ > limits_.max_depth) return fault("nested too deeply");
    RDT_TRY(const Properties found, properties());
    YamlOr<Value> value = Value::null();
    if (cursor_.peek() == '[') {
        value = flow_sequence();
    } else if (cursor_.peek() == '{') {
        value = flow_mapping();
    } else if (cursor_.peek() == '*') {
        value = alias();
    } else if (!std::string_view(",]}").contains(cursor_.peek())) {
        RDT_TRY(const Text text, scalar(0, /*in_flow=*/true));
        value = meaning(text, found.tag);
    }
    --depth_;
    return settle(found, std::move(value));
}

YamlOr<Value> YamlReader::flow_pair() {
    RDT_CHECK(to_content());
    if (cursor_.peek() != ':') return Value();
    cursor_.skip();
    RDT_CHECK(to_content());
    return flow_node();
}

YamlOr<Value> YamlReader::flow_sequence() {
    ArrayBuilder items;
    cursor_.skip();
    while (true) {
        RDT_CHECK(to_content());
        if (cursor_.peek() == ']') break;
        if (cursor_.at_end() || cursor_.peek() == ',' || cursor_.peek() == '}')
            return fault("did not find expected node content");
        RDT_TRY(const Value item, flow_node());
        RDT_TRY(const Value value, flow_pair());
        if (value.is_undefined()) {
            items.push(item);
        } else {
            RDT_TRY(const Value name, key_of(item));
            const Member member[] = {{name, value}};
            items.push(make_sorted_object(arena_, member));
        }
        RDT_CHECK(to_content());
        if (cursor_.peek() == ',') {
            cursor_.skip();
        } else if (cursor_.peek() != ']') {
            return fault("did not find expected ',' or ']'");
        }
    }
    cursor_.skip();
    return items.build(arena_);
}

YamlOr<Value> YamlReader::flow_mapping() {
    Mapping mapping;
    cursor_.skip();
    while (true) {
        RDT_CHECK(to_content());
        if (cursor_.peek() == '}') break;
        if (cursor_.at_end() || cursor_.peek() == ',' || cursor_.peek() == ']')
            return fault("did not find expected node content");
        if (cursor_.peek() == '?' && cursor_.at_blank(1)) {
            cursor_.skip();
            RDT_CHECK(to_content());
        }
        RDT_TRY(const Value node, flow_node());
        RDT_TRY(const Value name, key_of(node));
        RDT_TRY(const Value value, flow_pair());
        RDT_CHECK(put(mapping, name, value.is_undefined() ? Value::null() : value));
        RDT_CHECK(to_content());
        if (cursor_.peek() == ',') {
            cursor_.skip();
        } else if (cursor_.peek() != '}') {
            return fault("did not find expected ',' or '}'");
        }
    }
    cursor_.skip();
    return finish(mapping);
}

Result<Value> parse_yaml(Arena& arena, std::string_view text, const YamlLimits& limits) {
    if (text.size() > limits.max_bytes) {
        return fail(Code::resource_exhausted, "yaml: {} bytes are more than the {} allowed", text.size(),
                    limits.max_bytes);
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return YamlReader(arena, text, limits).run();
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/value/json.hpp"

#include <algorithm>
#include <array>

namespace redoubt::rego {
namespace {

void append_escape(std::string& out, unsigned code) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += hex[(code >> static_cast<unsigned>(shift)) & 0xFU];
}

/// Whether a byte needs no escape and no look at what follows.
bool is_plain(unsigned char c, JsonStyle style) {
    if (c < 0x20 || c == '"' || c == '\\') return false;
    if (style == JsonStyle::html_escaped) return c != '<' && c != '>' && c != '&' && c < 0xE2;
    return true;
}

void append_special(std::string& out, char c) {
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    default: append_escape(out, static_cast<unsigned char>(c));
    }
}

void append_key(std::string& out, const Value& key, JsonStyle style) {
    if (key.is_string()) {
        append_json_string(out, key.as_string(), style);
    } else {
        append_json_string(out, render_json(key, style), style);
    }
}

void append_scalar(std::string& out, const Value& value, JsonStyle style) {
    switch (value.kind()) {
    case Kind::null: out += "null"; break;
    case Kind::boolean: out += value.as_boolean() ? "true" : "false"; break;
    case Kind::number: value.as_number().append_to(out); break;
    case Kind::string: append_json_string(out, value.as_string(), style); break;
    case Kind::undefined: out += "null"; break;
    case Kind::array:
    case Kind::object:
    case Kind::set: break;
    }
}

struct PrettyPrinter {
    std::string& out;
    std::string_view indent;
    JsonStyle style = JsonStyle::compact;

    void line(std::size_t depth) const {
        out += '\n';
        for (std::size_t i = 0; i < depth; ++i) out += indent;
    }

    void append(const Value& value, std::size_t depth) const {
        if (!value.is_collection()) return append_scalar(out, value, style);
        const bool is_object = value.is_object();
        if (value.size() == 0) {
            out += is_object ? "{}" : "[]";
            return;
        }
        out += is_object ? '{' : '[';
        bool first = true;
        const auto separate = [&] {
            if (!first) out += ',';
            first = false;
            line(depth + 1);
        };
        if (is_object) {
            for (const Member& member : value.members()) {
                separate();
                append_key(out, member.key, style);
                out += ": ";
                append(member.value, depth + 1);
            }
        } else {
            for (const Value& item : value.items()) {
                separate();
                append(item, depth + 1);
            }
        }
        line(depth);
        out += is_object ? '}' : ']';
    }
};

void append_rego_items(std::string& out, std::span<const Value> items) {
    bool first = true;
    for (const Value& item : items) {
        if (!first) out += ", ";
        first = false;
        append_rego(out, item);
    }
}

} // namespace

void append_json_string(std::string& out, std::string_view text, JsonStyle style) {
    out += '"';
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_plain(static_cast<unsigned char>(c), style)) continue;
        if (static_cast<unsigned char>(c) >= 0xE2) {
            // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
            if (!text.substr(i).starts_with("\xE2\x80\xA8") && !text.substr(i).starts_with("\xE2\x80\xA9"))
                continue;
            out.append(text, start, i - start);
            out += text[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
            i += 2;
            start = i + 1;
            continue;
        }
        out.append(text, start, i - start);
        start = i + 1;
        if (c == '<' || c == '>' || c == '&') {
            append_escape(out, static_cast<unsigned char>(c));
        } else {
            append_special(out, c);
        }
    }
    out.append(text, start);
    out += '"';
}

void append_json(std::string& out, const Value& value, JsonStyle style) {
    if (value.is_object()) {
        out += '{';
        bool first = true;
        for (const Member& member : value.members()) {
            if (!first) out += ',';
            first = false;
            append_key(out, member.key, style);
            out += ':';
            append_json(out, member.value, style);
        }
        out += '}';
    } else if (value.is_array() || value.is_set()) {
        out += '[';
        bool first = true;
        for (const Value& item : value.items()) {
            if (!first) out += ',';
            first = false;
            append_json(out, item, style);
        }
        out += ']';
    } else {
        append_scalar(out, value, style);
    }
}

std::string render_json(const Value& value, JsonStyle style) {
    std::string out;
    append_json(out, value, style);
    return out;
}

std::string render_json_pretty(const Value& value, std::string_view indent, JsonStyle style) {
    std::string out;
    PrettyPrinter{out, indent, style}.append(value, 0);
    return out;
}

void append_rego(std::string& out, const Value& value) {
    if (value.is_array()) {
        out += '[';
        append_rego_items(out, value.items());
        out += ']';
    } else if (value.is_set()) {
        if (value.size() == 0) {
            out += "set()";
            return;
        }
        out += '{';
        append_rego_items(out, value.items());
        out += '}';
    } else if (value.is_object()) {
        out += '{';
        bool first = true;
        for (const Member& member : value.members()) {
            if (!first) out += ", ";
            first = false;
            append_rego(out, member.key);
            out += ": ";
            append_rego(out, member.value);
        }
        out += '}';
    } else {
        append_scalar(out, value, JsonStyle::compact);
    }
}

std::string render_rego(const Value& value) {
    std::string out;
    append_rego(out, value);
    return out;
}

Value to_json_value(Arena& arena, const Value& value) {
    if (value.is_array() || value.is_set()) {
        std::vector<Value> items;
        items.reserve(value.size());
        for (const Value& item : value.items()) items.push_back(to_json_value(arena, item));
        return make_array(arena, items);
    }
    if (value.is_object()) {
        ObjectBuilder members;
        for (const Member& member : value.members()) {
            const Value key =
                member.key.is_string() ? member.key : make_string(arena, render_json(member.key));
            members.insert(key, to_json_value(arena, member.value));
        }
        return members.build(arena);
    }
    return value;
}

} // namespace redoubt::rego

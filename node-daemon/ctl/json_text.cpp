// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/json_text.hpp"

#include <algorithm>

namespace redoubt::ctl {
namespace {

namespace json = boost::json;

/// boost::json writes compactly; people read this too.
void write_indented(const json::value& value, std::size_t depth, std::string& out) {
    const auto break_line = [&out](std::size_t levels) { out += "\n" + std::string(levels * 2, ' '); };
    const auto* object = value.if_object();
    const auto* array = value.if_array();
    if (object != nullptr && !object->empty()) {
        char separator = '{';
        for (const auto& member : *object) {
            out += separator;
            break_line(depth + 1);
            out += json::serialize(json::string_view(member.key())) + ": ";
            write_indented(member.value(), depth + 1, out);
            separator = ',';
        }
        break_line(depth);
        out += '}';
    } else if (array != nullptr && !array->empty()) {
        char separator = '[';
        for (const auto& item : *array) {
            out += separator;
            break_line(depth + 1);
            write_indented(item, depth + 1, out);
            separator = ',';
        }
        break_line(depth);
        out += ']';
    } else {
        out += json::serialize(value);
    }
}

/// The length of the UTF-8 character `text` begins with; 0 when it begins with none.
/// Source: RFC 3629, 4: the table of well-formed sequences, without the rarest refinements of overlong forms.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = byte(0) < 0x80   ? 1
                               : byte(0) < 0xC2 ? 0
                               : byte(0) < 0xE0 ? 2
                               : byte(0) < 0xF0 ? 3
                               : byte(0) < 0xF5 ? 4
                                                : 0;
    if (length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    }
    return length;
}

} // namespace

std::string indented(const json::value& value) {
    std::string out;
    write_indented(value, 0, out);
    return out + "\n";
}

json::value time_value(UnixTime time) {
    if (time == 0) return nullptr;
    return json::string(render_time(time));
}

std::string as_utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        out += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

} // namespace redoubt::ctl

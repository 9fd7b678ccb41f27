// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/yaml_text.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <format>
#include <vector>

namespace redoubt::gui {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int k_single = -1; ///< of a field that is not repeated

bool is_plain_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '.' || letter == '/' ||
           letter == '-' || letter == ':' || letter == '@';
}

/// Would be a number, a truth or nothing if it stood bare.
bool is_other_kind(std::string_view text) {
    constexpr std::array<std::string_view, 9> words{"true", "false", "yes", "no", "on",
                                                    "off",  "null",  "y",   "n"};
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    if (std::ranges::contains(words, std::string_view(lower))) return true;
    return std::ranges::all_of(text, [](char letter) {
        return (letter >= '0' && letter <= '9') || letter == '.' || letter == ':' || letter == '-' ||
               letter == '_' || letter == 'e' || letter == 'x';
    });
}

std::string scalar_of(const Message& message, const FieldDescriptor& field, int index) {
    const auto& reflection = *message.GetReflection();
    const bool one = index == k_single;
    switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
        return (one ? reflection.GetBool(message, &field)
                    : reflection.GetRepeatedBool(message, &field, index))
                   ? "true"
                   : "false";
    case FieldDescriptor::CPPTYPE_INT32:
        return std::to_string(one ? reflection.GetInt32(message, &field)
                                  : reflection.GetRepeatedInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT64:
        return std::to_string(one ? reflection.GetInt64(message, &field)
                                  : reflection.GetRepeatedInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_UINT32:
        return std::to_string(one ? reflection.GetUInt32(message, &field)
                                  : reflection.GetRepeatedUInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_UINT64:
        return std::to_string(one ? reflection.GetUInt64(message, &field)
                                  : reflection.GetRepeatedUInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_DOUBLE:
        return std::format("{}", one ? reflection.GetDouble(message, &field)
                                     : reflection.GetRepeatedDouble(message, &field, index));
    case FieldDescriptor::CPPTYPE_FLOAT:
        return std::format("{}", one ? reflection.GetFloat(message, &field)
                                     : reflection.GetRepeatedFloat(message, &field, index));
    case FieldDescriptor::CPPTYPE_ENUM:
        return (one ? reflection.GetEnum(message, &field)
                    : reflection.GetRepeatedEnum(message, &field, index))
            ->name();
    case FieldDescriptor::CPPTYPE_STRING:
        return yaml_scalar(one ? reflection.GetString(message, &field)
                               : reflection.GetRepeatedString(message, &field, index));
    case FieldDescriptor::CPPTYPE_MESSAGE: break;
    }
    return {};
}

void render(const Message& message, std::size_t depth, std::string& out);

/// The lines of a message in a list: the first begins with a dash.
void render_item(const Message& message, std::size_t depth, std::string& out) {
    std::string lines;
    render(message, depth + 1, lines);
    if (lines.empty()) lines = std::string((depth + 1) * 2, ' ') + "{}\n";
    lines[depth * 2] = '-';
    out += lines;
}

void render_field(const Message& message, const FieldDescriptor& field, std::size_t depth, std::string& out) {
    const auto& reflection = *message.GetReflection();
    const std::string indent(depth * 2, ' ');
    const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    out += indent + field.name() + ":";
    if (!field.is_repeated()) {
        if (!is_message) {
            out += " " + scalar_of(message, field, k_single) + "\n";
            return;
        }
        out += "\n";
        render(reflection.GetMessage(message, &field), depth + 1, out);
        return;
    }
    out += "\n";
    for (int index = 0; index < reflection.FieldSize(message, &field); ++index) {
        if (is_message)
            render_item(reflection.GetRepeatedMessage(message, &field, index), depth, out);
        else
            out += indent + "- " + scalar_of(message, field, index) + "\n";
    }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the messages of our own API
void render(const Message& message, std::size_t depth, std::string& out) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const auto* field : fields) render_field(message, *field, depth, out);
}

} // namespace

std::string yaml_scalar(std::string_view text) {
    const bool is_plain = !text.empty() && std::ranges::all_of(text, is_plain_letter) &&
                          !is_other_kind(text) && text.front() != '-' && text.front() != ':' &&
                          text.front() != '@' && text.back() != ':';
    if (is_plain) return std::string(text);
    std::string out = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\')
            out += std::string("\\") + letter;
        else if (letter == '\n')
            out += "\\n";
        else if (letter == '\t')
            out += "\\t";
        else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f)
            out += std::format("\\x{:02x}", static_cast<unsigned char>(letter));
        else
            out += letter;
    }
    return out + "\"";
}

std::string yaml_of(const Message& message) {
    std::string out;
    render(message, 0, out);
    return out;
}

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/metrics/exposition.hpp"

namespace redoubt::metrics {
namespace {

/// Others than printable ASCII do not come out: where a value comes from, nobody has checked it.
void append_value(std::string& text, std::string_view value) {
    for (const char letter : value) {
        if (letter < ' ' || letter > '~') {
            text += '?';
            continue;
        }
        if (letter == '"' || letter == '\\') text += '\\';
        text += letter;
    }
}

} // namespace

void Exposition::family(std::string_view name, Kind kind, std::string_view help) {
    name_ = name;
    text_ += std::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help,
                         kind == Kind::counter ? "counter" : "gauge");
}

void Exposition::write(std::initializer_list<Label> labels, std::string_view value) {
    text_ += name_;
    char separator = '{';
    for (const auto& [name, content] : labels) {
        text_ += separator;
        text_ += name;
        text_ += "=\"";
        append_value(text_, content);
        text_ += '"';
        separator = ',';
    }
    if (labels.size() != 0) text_ += '}';
    text_ += ' ';
    text_ += value;
    text_ += '\n';
}

} // namespace redoubt::metrics

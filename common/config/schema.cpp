// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/config/schema.hpp"

#include <format>
#include <set>

#include "common/base/overload.hpp"
#include "common/config/nearest.hpp"
#include "common/config/quantity.hpp"

namespace redoubt::config {
const Key* Schema::find(std::string_view name) const {
    for (const auto& key : keys_) {
        if (key.name == name) return &key;
    }
    return nullptr;
}

std::string Schema::suggestion_for(std::string_view name) const {
    std::set<std::string> names;
    for (const auto& key : keys_) {
        names.insert(key.name);
        if (const auto dot = key.name.find('.'); dot != std::string::npos)
            names.insert(key.name.substr(0, dot));
    }
    const std::vector<std::string> candidates(names.begin(), names.end());
    const auto near = nearest(name, candidates);
    return near ? std::format("; did you mean '{}'?", *near) : std::string();
}

std::string expectation_of(const Value& kind) {
    return std::visit(Overload{
                          [](bool) -> std::string { return "true or false"; },
                          [](std::int64_t) -> std::string { return "a whole number"; },
                          [](const std::string&) -> std::string { return "a string"; },
                          [](ByteSize) -> std::string { return "a size such as \"256MiB\""; },
                          [](Milliseconds) -> std::string { return "a duration such as \"30s\""; },
                          [](const Strings&) -> std::string { return "an array of strings"; },
                      },
                      kind);
}

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += std::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string render_value(const Value& value) {
    return std::visit(Overload{
                          [](bool flag) -> std::string { return flag ? "true" : "false"; },
                          [](std::int64_t number) { return std::to_string(number); },
                          [](const std::string& text) { return quote(text); },
                          [](ByteSize size) { return quote(render_size(size.bytes)); },
                          [](Milliseconds time) { return quote(render_duration(time)); },
                          [](const Strings& list) {
                              std::string out;
                              for (const auto& item : list) out += (out.empty() ? "" : ", ") + quote(item);
                              return "[" + out + "]";
                          },
                      },
                      value);
}

} // namespace redoubt::config

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/syntax/diagnostic.hpp"

#include <algorithm>

namespace redoubt::rego {
namespace {

constexpr std::size_t k_longest_line = 200;

/// The line a location lies in; cut when it is very long.
std::string_view line_of(std::string_view text, std::uint32_t row) {
    std::size_t start = 0;
    for (std::uint32_t i = 1; i < row; ++i) {
        const std::size_t end = text.find('\n', start);
        if (end == std::string_view::npos) return {};
        start = end + 1;
    }
    return text.substr(start, text.find('\n', start) - start);
}

} // namespace

std::string_view name_of(Complaint code) {
    switch (code) {
    case Complaint::parse: return "rego_parse_error";
    case Complaint::compile: return "rego_compile_error";
    case Complaint::type: return "rego_type_error";
    case Complaint::unsafe_var: return "rego_unsafe_var_error";
    case Complaint::recursion: return "rego_recursion_error";
    case Complaint::limit: return "rego_limit_error";
    }
    return "rego_parse_error";
}

std::string Diagnostic::render() const {
    std::string out = file;
    if (row != 0) out += ":" + std::to_string(row) + ":" + std::to_string(column);
    out += ": ";
    out += name_of(code);
    out += ": " + message;
    if (line.empty() || column == 0) return out;
    const std::size_t at = column - 1;
    const std::size_t cut = at > k_longest_line / 2 ? at - (k_longest_line / 2) : 0;
    const std::string shown = line.substr(std::min(cut, line.size()), k_longest_line);
    out += "\n\t" + shown + "\n\t";
    for (std::size_t i = cut; i < at; ++i) out += i < line.size() && line[i] == '\t' ? '\t' : ' ';
    return out + "^";
}

std::string render(const Diagnostics& diagnostics) {
    std::string out;
    for (const Diagnostic& one : diagnostics) {
        if (!out.empty()) out += '\n';
        out += one.render();
    }
    return out;
}

Diagnostic diagnose(const std::vector<Source>& sources, Location at, Complaint code, std::string message) {
    Diagnostic made;
    made.code = code;
    made.message = std::move(message);
    if (at.file < sources.size()) {
        made.file = sources[at.file].name;
        made.line = line_of(sources[at.file].text, at.row);
    }
    made.row = at.row;
    made.column = at.column;
    return made;
}

void report(Diagnostics& diagnostics, const std::vector<Source>& sources, Location at, Complaint code,
            std::string message) {
    if (diagnostics.size() > k_most_diagnostics) return;
    if (diagnostics.size() == k_most_diagnostics) {
        code = Complaint::limit;
        message = "too many errors; the others are not shown";
    }
    diagnostics.push_back(diagnose(sources, at, code, std::move(message)));
}

} // namespace redoubt::rego

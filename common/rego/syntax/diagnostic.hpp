// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What is wrong with a policy, for programs (code) and people (a sentence, the place, the line with a
/// caret).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/rego/syntax/ast.hpp"

namespace redoubt::rego {

/// Codes as OPA spells them: "rego_parse_error" and so on.
enum class Complaint : std::uint8_t { parse, compile, type, unsafe_var, recursion, limit };
[[nodiscard]] std::string_view name_of(Complaint code);

struct Diagnostic {
    Complaint code = Complaint::parse;
    std::string message;
    std::string file;
    std::uint32_t row = 0;
    std::uint32_t column = 0;
    std::string line; ///< the source line, for the caret

    /// "policy.rego:3: rego_parse_error: unexpected token\n\tp if {\n\t     ^"
    [[nodiscard]] std::string render() const;
};

using Diagnostics = std::vector<Diagnostic>;

/// All of them, one after the other.
[[nodiscard]] std::string render(const Diagnostics& diagnostics);

/// A text that was parsed; locations index a list of these.
struct Source {
    std::string name;
    std::string text;
};

/// As many as are collected; what comes after is one complaint that says so.
inline constexpr std::size_t k_most_diagnostics = 100;

/// A diagnostic about a place in one of the sources. It looks through the text for the line: hostile texts
/// are large and wrong in many places, so what collects diagnostics does so by `report`.
[[nodiscard]] Diagnostic diagnose(const std::vector<Source>& sources, Location at, Complaint code,
                                  std::string message);

/// Adds a diagnostic, unless there are enough of them.
void report(Diagnostics& diagnostics, const std::vector<Source>& sources, Location at, Complaint code,
            std::string message);

} // namespace redoubt::rego

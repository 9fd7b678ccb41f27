// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The tree of documents that rules make, and what in it cannot stand together.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/rego/plan/program.hpp"
#include "common/rego/syntax/ast.hpp"

namespace redoubt::rego {

/// Whether a term is a plain value that can be a step of a path: a string, number, boolean or null.
[[nodiscard]] bool is_path_step(const Term& term);
/// The value of such a term. Undefined when a number is too large.
[[nodiscard]] Value value_of_scalar(Arena& arena, const Term& term);

/// "data.pkg.rule" with brackets where a step is no name.
[[nodiscard]] std::string render_path(const std::vector<Value>& path);

/// A rule of the text and the group it went to.
struct PlacedRule {
    Rule* rule = nullptr;
    const Module* module = nullptr;
    std::uint32_t group = 0;
    std::uint32_t slots = 0;
    std::size_t path_size = 0; ///< how many terms of the head's ref lie above the group's node, with the name
};

class RuleTree {
  public:
    RuleTree(Program& program, Diagnostics& diagnostics) : program_(&program), diagnostics_(&diagnostics) {}

    /// Puts all rules of the modules in their places and checks for conflicts.
    std::vector<PlacedRule> build(std::vector<Module>& modules);

  private:
    struct Building {
        std::map<Value, std::uint32_t, bool (*)(const Value&, const Value&)> children{
            [](const Value& a, const Value& b) { return compare(a, b) < 0; }};
        Location first_at;
        bool has_rule = false;
        bool has_package = false;
    };

    std::uint32_t descend(std::uint32_t node, const Value& key);
    void place(PlacedRule& placed);
    [[nodiscard]] std::int32_t group_for(std::uint32_t node, const PlacedRule& placed, GroupKind kind);
    void check(const Module& module);
    void finish(std::uint32_t node);
    void complain(Location at, Complaint code, std::string message);
    [[nodiscard]] std::vector<Value> path_of(std::uint32_t node) const;

    Program* program_;
    Diagnostics* diagnostics_;
    std::vector<Building> building_;
};

} // namespace redoubt::rego

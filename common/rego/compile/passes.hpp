// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The passes over a whole policy; for common/rego/compile only.

#include <set>
#include <string>
#include <vector>

#include "common/rego/compile/rule_tree.hpp"
#include "common/rego/plan/program.hpp"
#include "common/rego/syntax/ast.hpp"

namespace redoubt::rego {

/// What a group's rules refer to: groups by number.
using ReferenceGraph = std::vector<std::set<std::uint32_t>>;

/// Complains of every rule that depends on itself.
void check_recursion(const Program& program, const ReferenceGraph& graph,
                     const std::vector<PlacedRule>& rules, Diagnostics& diagnostics);

/// Complains of imports that repeat or are shadowed, and of names that may not be given to rules.
void check_names(const std::vector<Source>& sources, const std::vector<Module>& modules,
                 Diagnostics& diagnostics);

/// Names of functions that some `with` replaces.
[[nodiscard]] std::set<std::string> replaced_functions(const std::vector<Module>& modules);

/// Makes the rule index of each group that has use for one.
void build_indexes(Program& program);

} // namespace redoubt::rego

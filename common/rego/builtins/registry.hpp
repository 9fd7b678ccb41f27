// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The builtins an Engine knows by name.

#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego {

/// A set of builtins found by name. Lifetime: borrows the tables (which are constants).
class BuiltinRegistry {
  public:
    /// Adds a group; a name already there is replaced.
    void add(std::span<const Builtin> group);
    /// Takes a name away: policies that call it are refused.
    void remove(std::string_view name);
    [[nodiscard]] const Builtin* find(std::string_view name) const;
    /// Sorted by name.
    [[nodiscard]] std::vector<const Builtin*> all() const;

  private:
    std::unordered_map<std::string_view, const Builtin*> by_name_;
};

/// What policies of the guest's agent need: library common_rego_builtins_core.
[[nodiscard]] BuiltinRegistry core_builtins();
/// Every builtin: what `redoubt-policy` and the broker use. Library common_rego_builtins.
[[nodiscard]] BuiltinRegistry all_builtins();

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Calls builtins by name with operands written as JSON, for tests.

#include <string>
#include <string_view>

#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego::testing {

/// The result as Rego text; "undefined"; or "type: ...", "builtin: ...", "limit: ..." for an error.
/// `operands` is a JSON array; an object {"$set": [...]} in it stands for a set.
[[nodiscard]] std::string call(std::string_view name, std::string_view operands);
/// The same within a budget of memory.
[[nodiscard]] std::string call_within(std::size_t bytes, std::string_view name, std::string_view operands);

} // namespace redoubt::rego::testing

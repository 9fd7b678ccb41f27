// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Paths into documents, as json.filter, json.remove and json.patch take them: "/a/0/b", "a/0/b" (with ~1 and
/// ~0 for / and ~) or ["a", 0, "b"].

#include <vector>

#include "common/rego/builtins/operand.hpp"

namespace redoubt::rego {

using JsonPath = std::vector<Value>;

/// Errors: a type fault in OPA's words.
[[nodiscard]] Operanded<JsonPath> parse_json_path(Arena& arena, const Value& path);

} // namespace redoubt::rego

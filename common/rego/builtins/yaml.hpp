// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// YAML to values and back, as far as JSON goes: what OPA's yaml.* builtins and rule annotations need.
///
/// Read is YAML 1.1 with its words for true and false (yes, on, y), block and flow collections, all scalar
/// styles, anchors, aliases, merge keys (<<) and the core tags. Not read: other documents than the first,
/// collections as keys, and tags of applications (they are ignored).

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/rego/value/value.hpp"

namespace redoubt::rego {

struct YamlLimits {
    std::size_t max_bytes = 16U << 20U;
    std::size_t max_depth = 128;
    /// Of all values that aliases repeat.
    std::size_t max_repeated = 100'000;
};

/// Errors: invalid_argument "yaml: line 3: ..."; resource_exhausted beyond a limit.
[[nodiscard]] Result<Value> parse_yaml(Arena& arena, std::string_view text, const YamlLimits& limits = {});

/// Block style, keys in natural order (a2 before a10), text quoted where it would read as something else.
[[nodiscard]] std::string render_yaml(const Value& value);

/// What a plain scalar means: null, a boolean, a number or the text itself.
[[nodiscard]] Value resolve_yaml_scalar(Arena& arena, std::string_view text);

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/error.hpp"
#include "common/rego/value/value.hpp"

namespace redoubt::rego {

/// One annotation as rego.metadata shows it, from what its YAML says: authors and related resources become
/// objects, schemas get their paths, keys that annotations do not have are dropped, an empty `scope` is the
/// given one. Errors: invalid_argument.
[[nodiscard]] Result<Value> annotation_object(Arena& arena, const Value& yaml, std::string_view scope);

} // namespace redoubt::rego

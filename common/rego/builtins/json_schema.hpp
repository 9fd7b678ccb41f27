// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// JSON Schema, drafts 4, 6 and 7 and the mix of them that OPA takes when a schema names none, with the words
/// of its errors. References lead into the schema itself only; nothing is fetched.
/// Source: json-schema.org draft-07, and OPA's answers.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego {

enum class SchemaDraft : std::uint8_t { draft4 = 4, draft6 = 6, draft7 = 7, hybrid = 255 };

/// Of `$schema`; hybrid when there is none.
[[nodiscard]] SchemaDraft draft_of(const Value& schema);

/// What is wrong with a schema; empty: nothing.
[[nodiscard]] std::string check_schema(BuiltinContext& context, const Value& schema);

/// One way in which a document does not fit.
struct SchemaFault {
    std::string_view type; ///< "invalid_type"
    std::string field;     ///< "a.0.b", or "(Root)"
    std::string text;
};

/// How a document fits a schema, or part of it.
struct SchemaVerdict {
    std::vector<SchemaFault> faults;
    int score = 0; ///< the alternative with the highest is told about
};

/// `schema` must have passed check_schema(). Errors: a limit.
[[nodiscard]] std::expected<SchemaVerdict, BuiltinError>
match_schema(BuiltinContext& context, const Value& schema, const Value& document);

/// The part of `root` that a reference names. Errors: why there is none.
[[nodiscard]] std::expected<Value, std::string> resolve_schema_reference(const Value& root,
                                                                         std::string_view reference);

/// Whether a text has a named format; formats not known always fit.
[[nodiscard]] bool fits_format(BuiltinContext& context, std::string_view format, std::string_view text);

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/groups.hpp"

namespace redoubt::rego {
namespace {

/// What OPA knows of its runtime when it was told nothing.
BuiltinResult nothing_known(BuiltinContext& /*context*/, std::span<const Value> /*operands*/) {
    return Value::empty_object();
}

// Names and arities: OPA's builtin metadata.
constexpr Builtin k_unavailable[] = {
    {.name = "http.send", .arity = 1, .nondeterministic = true},
    {.name = "opa.runtime",
     .arity = 0,
     .nondeterministic = true,
     .is_withheld = true,
     .function = nothing_known},
    {.name = "trace", .arity = 1},
    {.name = "net.lookup_ip_addr", .arity = 1, .nondeterministic = true},
    {.name = "rego.parse_module", .arity = 2},
    {.name = "providers.aws.sign_req", .arity = 3},
    {.name = "regex.globs_match", .arity = 2},
    {.name = "strings.render_template", .arity = 2},
    {.name = "io.jwt.encode_sign", .arity = 3},
    {.name = "io.jwt.encode_sign_raw", .arity = 3},
    {.name = "graphql.parse", .arity = 2},
    {.name = "graphql.parse_and_verify", .arity = 2},
    {.name = "graphql.parse_query", .arity = 1},
    {.name = "graphql.parse_schema", .arity = 1},
    {.name = "graphql.is_valid", .arity = 2},
    {.name = "graphql.schema_is_valid", .arity = 1},
};

} // namespace

std::span<const Builtin> unavailable_builtins() {
    return k_unavailable;
}

} // namespace redoubt::rego

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/cli/suite_builtins.hpp"

namespace redoubt::rego::cli {
namespace {

BuiltinResult sleep(BuiltinContext& /*context*/, std::span<const Value> /*operands*/) {
    return Value::null();
}

constexpr Builtin k_suite[] = {
    {.name = "test.sleep",
     .operands = {one_of(Kind::string)},
     .arity = 1,
     .nondeterministic = true,
     .function = sleep},
};

} // namespace

std::span<const Builtin> suite_builtins() {
    return k_suite;
}

} // namespace redoubt::rego::cli

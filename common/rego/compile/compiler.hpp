// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Modules to a program, with every check that refuses a policy at load.

#include <expected>
#include <memory>
#include <vector>

#include "common/rego/builtins/registry.hpp"
#include "common/rego/compile/resolver.hpp"
#include "common/rego/plan/program.hpp"
#include "common/rego/syntax/parser.hpp"

namespace redoubt::rego {

struct CompileOptions {
    RegoVersion version = RegoVersion::v1;
    Strictness strictness = Strictness::normal;
    bool keep_prints = false;
    ParseLimits limits;
};

/// Compiles modules into one policy. Every complaint found is given, in the order of the text.
[[nodiscard]] std::expected<std::shared_ptr<const Program>, Diagnostics>
compile_policy(std::vector<Source> sources, const BuiltinRegistry& builtins, std::vector<HostFunction> hosts,
               const CompileOptions& options);

/// A query against a policy.
struct QueryCode {
    std::shared_ptr<const Program> program;
    CodeUnit unit;
    std::uint32_t start = 0;
    std::uint32_t registers = 0;
    std::vector<std::pair<std::string, std::int32_t>> variables;
    /// The register of the query's value, when it is one plain reference.
    std::vector<std::int32_t> expressions;
};

[[nodiscard]] std::expected<std::shared_ptr<const QueryCode>, Diagnostics>
compile_query(std::shared_ptr<const Program> program, std::string_view text, const BuiltinRegistry& builtins,
              const CompileOptions& options);

} // namespace redoubt::rego

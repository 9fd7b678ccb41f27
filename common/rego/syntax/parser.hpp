// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Text to syntax trees.

#include <expected>
#include <string_view>

#include "common/rego/syntax/ast.hpp"
#include "common/rego/syntax/diagnostic.hpp"

namespace redoubt::rego {

struct ParseLimits {
    std::size_t max_bytes = 16U << 20U;
    std::size_t max_depth = 200; ///< of nested terms and bodies
};

template <class T>
using Parsed = std::expected<T, Diagnostic>;

/// Parses the module `sources[file]`. The diagnostic's code is parse, or limit.
[[nodiscard]] Parsed<Module> parse_module(const std::vector<Source>& sources, std::uint32_t file,
                                          RegoVersion version, const ParseLimits& limits = {});

/// Parses a query: a body. All keywords of v1 are known, as if imported.
[[nodiscard]] Parsed<Body> parse_query(const std::vector<Source>& sources, std::uint32_t file,
                                       const ParseLimits& limits = {});

/// Parses a single term, such as `{1, 2}`; variables and references are allowed.
[[nodiscard]] Parsed<Term> parse_single_term(const std::vector<Source>& sources, std::uint32_t file,
                                             const ParseLimits& limits = {});

} // namespace redoubt::rego

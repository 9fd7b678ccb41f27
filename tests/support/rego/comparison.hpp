// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The engine beside the oracle.

#include <cstdint>
#include <string>

namespace redoubt::rego::testing {

struct Comparison {
    enum class Verdict : std::uint8_t {
        refused,    ///< the policy does not load
        unanswered, ///< the oracle has no value, or the engine reached a limit
        agreed,
        disagreed,
    };
    Verdict verdict = Verdict::refused;
    std::string engine; ///< its value as Rego text, or its error
    std::string oracle;
};

/// Evaluates package t of `policy` by both, with the data and input of policy_writer.hpp.
[[nodiscard]] Comparison compare_with_oracle(const std::string& policy);

} // namespace redoubt::rego::testing

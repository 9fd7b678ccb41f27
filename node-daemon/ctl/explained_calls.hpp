// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// What a policy does with each request it has a rule for, by name, sorted.
struct ExplainedCalls {
    std::vector<std::string> refused_always; ///< by the level, whatever a policy says
    std::vector<std::string> refused;        ///< no rule opens it
    std::vector<std::string> depends;        ///< on what it holds and what came before
    std::vector<std::string> allowed;        ///< whatever it holds
};

/// Asks the policy itself. A request that it never speaks of is refused as well and not listed.
/// Errors: invalid_argument the policy does not load.
[[nodiscard]] Result<ExplainedCalls> explain_calls(const std::string& policy);

} // namespace redoubt::ctl

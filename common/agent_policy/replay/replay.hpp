// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Recorded requests with the verdicts they should get, put to a policy in their order. Pure.
/// Source: the format of Kata's own policy tests; docs/formats/policy.md.

#include <string>
#include <string_view>
#include <vector>

#include "common/agent_policy/decision/decider.hpp"

namespace redoubt::agent_policy {

struct RecordedRequest {
    std::string description;
    bool allowed = false;
    std::string kind;    ///< the rule
    std::string request; ///< JSON
};

/// [{"description": ..., "allowed": ..., "kind": ..., "request": {...}}]. Errors: invalid_argument that names
/// the place; a member that is not known.
[[nodiscard]] Result<std::vector<RecordedRequest>> parse_requests(std::string_view name,
                                                                  std::string_view json);

struct ReplayedRequest {
    const RecordedRequest* request = nullptr;
    Decision decision;

    [[nodiscard]] bool is_as_recorded() const { return decision.allowed == request->allowed; }
};

/// Lifetime: borrows `requests`.
[[nodiscard]] std::vector<ReplayedRequest> replay(Decider& decider,
                                                  const std::vector<RecordedRequest>& requests);

} // namespace redoubt::agent_policy

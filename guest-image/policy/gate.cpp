// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/gate.hpp"

#include <algorithm>

#include "common/agent_policy/refused_requests.hpp"
#include "guest-image/policy/request_json.hpp"

namespace redoubt::guest::policy {
Result<std::unique_ptr<Gate>> Gate::load(std::string text) {
    RDT_TRY(auto decider, agent_policy::Decider::load("policy.rego", std::move(text)));
    return std::unique_ptr<Gate>(new Gate(std::move(decider)));
}

Result<Admission> Gate::admit(std::string_view message, std::string_view payload) {
    if (std::ranges::contains(agent_policy::k_refused_requests, message))
        return fail(Code::permission_denied, "{} is refused in a confidential guest", message);
    RDT_TRY(const auto input, request_json(message, payload));
    const auto decision = decider_->decide(message, input);
    if (decision.allowed) return Admission::granted;
    if (message == "ReadStreamRequest") return Admission::redacted;
    return fail(Code::permission_denied, "{} is blocked by policy: {}", message, decision.summary());
}

Status Gate::admit_workload(std::string_view input) {
    constexpr std::string_view k_rule = "WorkloadApiRequest";
    const auto decision = decider_->decide(k_rule, input);
    if (decision.allowed) return {};
    return fail(Code::permission_denied, "{} is blocked by policy: {}", k_rule, decision.summary());
}

} // namespace redoubt::guest::policy

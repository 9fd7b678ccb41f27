// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/explained_calls.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <set>
#include <string_view>

#include "common/agent_policy/decision/decider.hpp"
#include "common/agent_policy/refused_requests.hpp"

namespace redoubt::ctl {
namespace {

/// Requests whose messages are not called so.
constexpr std::array<std::string_view, 2> k_others{"MemAgentMemcgConfig", "MemAgentCompactConfig"};

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Words of the text that may be the names of rules: one too many only costs a question.
std::set<std::string> requests_in(std::string_view text) {
    std::set<std::string> found;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_word(text[end])) ++end;
        const auto word = text.substr(at, end - at);
        if ((word.ends_with("Request") && word != "Request") || std::ranges::contains(k_others, word))
            found.emplace(word);
        at = std::max(end, at + 1);
    }
    return found;
}

std::size_t count_word(std::string_view text, std::string_view word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size())) {
        const auto end = at + word.size();
        const bool is_whole =
            (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
        if (is_whole) ++count;
    }
    return count;
}

/// Whether a refusal holds for every such request: there is no rule but a default, or only one that looks
/// into the settings.
bool is_settled(const agent_policy::Decision& decision, std::string_view policy, std::string_view request) {
    const auto of_settings = std::format("\"{}\" in policy_data.allow", request);
    std::size_t explained = 0;
    for (const auto& reason : decision.reasons) {
        if (reason.ends_with("does not allow it")) continue; // says only that it is so
        if (!reason.contains(of_settings)) return false;
        ++explained;
    }
    return explained > 0 || count_word(policy, request) == 1;
}

} // namespace

Result<ExplainedCalls> explain_calls(const std::string& policy) {
    RDT_CHECK(agent_policy::Decider::load("policy.rego", policy));
    ExplainedCalls out;
    for (const auto name : agent_policy::k_refused_requests) out.refused_always.emplace_back(name);
    std::ranges::sort(out.refused_always);
    for (const auto& request : requests_in(policy)) {
        if (std::ranges::contains(out.refused_always, request)) continue;
        // Anew for each: what one leaves behind is not the next one's.
        RDT_TRY(const auto decider, agent_policy::Decider::load("policy.rego", policy));
        const auto decision = decider->decide(request, "{}");
        auto& refusals = is_settled(decision, policy, request) ? out.refused : out.depends;
        auto& list = decision.allowed ? out.allowed : refusals;
        list.push_back(request);
    }
    return out;
}

} // namespace redoubt::ctl

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json.hpp>

#include <algorithm>
#include <format>

#include "common/agent_policy/replay/replay.hpp"
#include "common/base/file.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

using Replayed = std::vector<agent_policy::ReplayedRequest>;

const char* verdict(bool allowed) {
    return allowed ? "allowed" : "refused";
}

std::string render_replayed_json(const Replayed& replayed) {
    boost::json::array requests;
    for (const auto& one : replayed)
        requests.push_back({{"description", as_utf8(one.request->description)},
                            {"kind", one.request->kind},
                            {"expected", verdict(one.request->allowed)},
                            {"decision", verdict(one.decision.allowed)},
                            {"passed", one.is_as_recorded()},
                            {"reasons", strings_value(one.decision.reasons)}});
    return indented({{"version", 1}, {"requests", std::move(requests)}}) + "\n";
}

std::string render_replayed(const Replayed& replayed) {
    std::vector<std::vector<std::string>> rows{{"RESULT", "EXPECTED", "DECISION", "REQUEST", "DESCRIPTION"}};
    std::string reasons;
    std::size_t failed = 0;
    for (const auto& one : replayed) {
        rows.push_back({one.is_as_recorded() ? "ok" : "FAILED", verdict(one.request->allowed),
                        verdict(one.decision.allowed), one.request->kind,
                        printable(one.request->description)});
        if (one.is_as_recorded()) continue;
        ++failed;
        reasons += std::format("{}:\n", printable(one.request->description));
        for (const auto& reason : one.decision.reasons) reasons += "  " + printable(reason) + "\n";
    }
    return std::format("{}{}{} requests, {} not as expected\n", render_table(rows), reasons, replayed.size(),
                       failed);
}

} // namespace

Result<int> policy_test(const Invocation& invocation) {
    const auto& options = std::get<PolicyTestOptions>(invocation.verb);
    RDT_TRY(auto policy, read_file(options.policy));
    RDT_TRY(const auto decider, agent_policy::Decider::load(options.policy, std::move(policy)));
    RDT_TRY(const auto text, read_file(options.requests));
    RDT_TRY(const auto requests, agent_policy::parse_requests(options.requests, text));
    const auto replayed = agent_policy::replay(*decider, requests);
    RDT_CHECK(print(invocation.json ? render_replayed_json(replayed) : render_replayed(replayed)));
    return std::ranges::all_of(replayed, &agent_policy::ReplayedRequest::is_as_recorded) ? 0 : 1;
}

} // namespace redoubt::ctl

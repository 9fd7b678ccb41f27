// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/replay/replay.hpp"

#include <boost/json.hpp>

#include "common/encoding/json.hpp"

namespace redoubt::agent_policy {

Result<std::vector<RecordedRequest>> parse_requests(std::string_view name, std::string_view text) {
    constexpr std::size_t k_most_bytes = 64U << 20U;
    RDT_TRY(const auto document, json::parse(name, text, {.max_bytes = k_most_bytes}));
    RDT_TRY(const auto nodes, document.root().array());
    std::vector<RecordedRequest> requests;
    for (const auto& node : nodes) {
        RecordedRequest request;
        RDT_TRY(const auto members, node.members());
        for (const auto& [key, value] : members)
            if (key != "description" && key != "allowed" && key != "kind" && key != "request")
                return value.wrong("not known");
        RDT_TRY(request.description, node["description"].string_or());
        RDT_TRY(request.allowed, node["allowed"].boolean());
        RDT_TRY(request.kind, node["kind"].string());
        RDT_CHECK(node["request"].expect_object());
        request.request = boost::json::serialize(*node["request"].value());
        requests.push_back(std::move(request));
    }
    return requests;
}

std::vector<ReplayedRequest> replay(Decider& decider, const std::vector<RecordedRequest>& requests) {
    std::vector<ReplayedRequest> replayed;
    replayed.reserve(requests.size());
    for (const auto& request : requests)
        replayed.push_back({.request = &request, .decision = decider.decide(request.kind, request.request)});
    return replayed;
}

} // namespace redoubt::agent_policy

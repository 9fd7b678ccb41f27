// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/replay/replay.hpp"

#include <gtest/gtest.h>

namespace redoubt::agent_policy {
namespace {

TEST(Replay, PutsRequestsInTheirOrderAndComparesVerdicts) {
    const auto decider =
        Decider::load("p.rego", "package agent_policy\nA := {\"allowed\": true, \"ops\": [{\"op\": \"add\", "
                                "\"path\": \"/a\", \"value\": 1}]} if not data.pstate.a");
    ASSERT_TRUE(decider);
    const auto requests = parse_requests("r", R"([
        {"description": "first", "allowed": true, "kind": "A", "request": {}},
        {"description": "second", "allowed": false, "kind": "A", "request": {}},
        {"description": "third", "allowed": true, "kind": "A", "request": {}}])");
    ASSERT_TRUE(requests) << requests.error().message;
    const auto replayed = replay(**decider, *requests);
    ASSERT_EQ(replayed.size(), 3U);
    EXPECT_TRUE(replayed[0].is_as_recorded());
    EXPECT_TRUE(replayed[1].is_as_recorded());
    EXPECT_FALSE(replayed[2].is_as_recorded());
}

TEST(Replay, RefusesRequestsThatAreNotRecordedAsTheFormatSays) {
    const auto error_of = [](std::string_view text) {
        const auto requests = parse_requests("r", text);
        return requests ? "" : requests.error().message;
    };
    EXPECT_EQ(error_of(R"([{"allowed": true, "request": {}}])"), "r[0].kind: missing");
    EXPECT_EQ(error_of(R"([{"kind": "A", "request": {}}])"), "r[0].allowed: missing");
    EXPECT_EQ(error_of(R"([{"kind": "A", "allowed": true, "request": {}, "x": 1}])"), "r[0].x: not known");
    EXPECT_FALSE(error_of("{}").empty());
}

} // namespace
} // namespace redoubt::agent_policy

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/decision/decider.hpp"

#include <gtest/gtest.h>

namespace redoubt::agent_policy {
namespace {

std::unique_ptr<Decider> load(std::string text) {
    auto decider = Decider::load("p.rego", "package agent_policy\n" + std::move(text));
    EXPECT_TRUE(decider) << decider.error().message;
    return decider ? *std::move(decider) : nullptr;
}

TEST(Decider, TakesOnlyAClearYes) {
    const auto decider =
        load("A := true\nB := false\nC := 1\nD := {\"allowed\": false, \"ops\": []}\nE := {\"ops\": []}\n"
             "F := {\"allowed\": true}\nG := \"true\"");
    EXPECT_TRUE(decider->decide("A", "{}").allowed);
    EXPECT_TRUE(decider->decide("F", "{}").allowed);
    for (const auto* rule : {"B", "C", "D", "E", "G", "Missing", "", "A.b", "policy_data[0]"})
        EXPECT_FALSE(decider->decide(rule, "{}").allowed) << rule;
    EXPECT_FALSE(decider->decide("A", "{").allowed) << "an input that is no JSON";
}

TEST(Decider, ChangesTheStateOfWhatItAllowsAndOfNothingElse) {
    const auto decider = load(
        "A := {\"allowed\": input.yes, \"ops\": [{\"op\": \"add\", \"path\": \"/n\", \"value\": input.n}]}");
    EXPECT_FALSE(decider->decide("A", R"({"yes": false, "n": 1})").allowed);
    EXPECT_EQ(decider->state(), "{}");
    EXPECT_TRUE(decider->decide("A", R"({"yes": true, "n": 2})").allowed);
    EXPECT_EQ(decider->state(), R"({"n":2})");
}

TEST(Decider, TakesPlacesWithAndWithoutTheNameOfTheState) {
    const auto decider =
        load("A := {\"allowed\": true, \"ops\": [{\"op\": \"add\", \"path\": input.path, \"value\": 1}]}");
    EXPECT_TRUE(decider->decide("A", R"({"path": "/a"})").allowed);
    EXPECT_TRUE(decider->decide("A", R"({"path": "/pstate/b"})").allowed);
    EXPECT_EQ(decider->state(), R"({"a":1,"b":1})");
    EXPECT_FALSE(decider->decide("A", R"({"path": 1})").allowed);
    EXPECT_FALSE(decider->decide("A", R"({"path": "/missing/b"})").allowed);
    EXPECT_EQ(decider->state(), R"({"a":1,"b":1})");
}

TEST(Decider, SaysWhichRuleAndExpressionRefused) {
    const auto decider = load("default A := false\nA if {\n\tinput.user == \"root\"\n}");
    const auto decision = decider->decide("A", R"({"user": "nobody"})");
    EXPECT_FALSE(decision.allowed);
    EXPECT_TRUE(decision.summary().contains("data.agent_policy.A does not allow it")) << decision.summary();
    EXPECT_TRUE(decision.summary().contains("input.user == \"root\"")) << decision.summary();
}

TEST(Decider, LoadsNoPolicyThatIsWrong) {
    const auto decider = Decider::load("p.rego", "package agent_policy\nA := b");
    ASSERT_FALSE(decider);
    EXPECT_TRUE(decider.error().message.contains("p.rego:2")) << decider.error().message;
}

} // namespace
} // namespace redoubt::agent_policy

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/common/agent_policy/example.hpp"

namespace redoubt::test {
namespace {

namespace bj = boost::json;

constexpr const char* k_settings =
    R"({"workload_api": [{"container": "web", "resources_like": ["shop/web/[a-z]+"], "evidence": true}]})";

/// A guest with the example's container in it, called c1.
std::unique_ptr<agent_policy::Decider> running(const agent_policy::GeneratedPolicy& policy) {
    auto decider = decider_of(policy);
    const auto made = decider->decide("CreateContainerRequest", bj::serialize(example_request()));
    EXPECT_TRUE(made.allowed) << made.summary();
    return decider;
}

bool may(agent_policy::Decider& decider, const bj::object& asked) {
    bj::object input{{"container_id", "c1"}, {"container_name", "web"}, {"method", "GET"}, {"path", "/"}};
    for (const auto& [key, value] : asked) input[key] = value;
    return decider.decide("WorkloadApiRequest", bj::serialize(input)).allowed;
}

TEST(WorkloadRights, OpenTheResourcesTheSettingsNameAndNoOther) {
    const auto decider = running(policy_of(example_pod(), example_images(), k_settings));
    EXPECT_TRUE(may(*decider, {{"api", "resource"}, {"resource", "shop/web/key"}}));
    EXPECT_FALSE(may(*decider, {{"api", "resource"}, {"resource", "shop/web/key1"}}));
    EXPECT_FALSE(may(*decider, {{"api", "resource"}, {"resource", "x/shop/web/key"}}));
    EXPECT_FALSE(may(*decider, {{"api", "resource"}}));
}

TEST(WorkloadRights, AreOfTheContainerThatWasAllowedInThatSlot) {
    const auto decider = running(policy_of(example_pod(), example_images(), k_settings));
    const bj::object other{{"api", "resource"}, {"resource", "shop/web/key"}, {"container_id", "c2"}};
    EXPECT_FALSE(may(*decider, other));
    EXPECT_FALSE(may(*decider_of(policy_of(example_pod(), example_images(), k_settings)),
                     {{"api", "resource"}, {"resource", "shop/web/key"}}));
}

TEST(WorkloadRights, GiveEvidenceAndTokensOnlyWhereTheyAreSwitchedOn) {
    const auto decider = running(policy_of(example_pod(), example_images(), k_settings));
    EXPECT_TRUE(may(*decider, {{"api", "evidence"}}));
    EXPECT_FALSE(may(*decider, {{"api", "token"}}));
    EXPECT_FALSE(may(*decider, {{"api", "event"}}));
    EXPECT_FALSE(may(*decider, {{"api", "resources_like"}}));
}

TEST(WorkloadRights, AreNoneWithoutSettings) {
    const auto decider = running(policy_of(example_pod(), example_images()));
    for (const auto* api : {"resource", "token", "evidence", "event"})
        EXPECT_FALSE(may(*decider, {{"api", api}, {"resource", "shop/web/key"}})) << api;
}

std::string error_of(const char* text) {
    const auto settings = agent_policy::read_settings(text);
    if (!settings) return settings.error().message;
    const auto policy = agent_policy::generate_policy(example_pod(), example_images(), settings->root());
    return policy ? "" : policy.error().message;
}

TEST(WorkloadRights, RefuseSettingsThatTheyDoNotKnow) {
    EXPECT_EQ(error_of(R"({"workload_api": [{"container": "web", "resources": []}]})"),
              "settings.workload_api[0].resources: not known");
    EXPECT_EQ(error_of(R"({"workload_api": [{"container": "web", "token": "yes"}]})"),
              "settings.workload_api[0].token: not true or false");
    EXPECT_EQ(error_of(R"({"workload_api": [{"resources_like": []}]})"),
              "settings.workload_api[0].container: missing");
    EXPECT_EQ(error_of(R"({"workload_api": [{"container": "web"}, {"container": "web"}]})"),
              "settings.workload_api[1]: container 'web' has an entry already");
}

TEST(WorkloadRights, WarnOfEntriesForNobodyAndOfContainersThatCanListen) {
    const auto nobody =
        policy_of(example_pod(), example_images(), R"({"workload_api": [{"container": "wbe"}]})");
    ASSERT_EQ(nobody.warnings.size(), 1U);
    EXPECT_EQ(nobody.warnings[0], "settings.workload_api[0]: the pod has no container 'wbe'");

    EXPECT_TRUE(policy_of(example_pod(), example_images(), k_settings).warnings.empty());
    auto pod = example_pod();
    pod.containers.push_back(pod.containers[0]);
    pod.containers[1].name = "logger";
    pod.containers[1].drop_capabilities = {};
    const auto policy = policy_of(pod, example_images(), k_settings);
    ASSERT_EQ(policy.warnings.size(), 1U);
    EXPECT_TRUE(policy.warnings[0].starts_with("container 'logger' has the capability NET_RAW"));
}

} // namespace
} // namespace redoubt::test

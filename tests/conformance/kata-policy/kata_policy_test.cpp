// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <iostream>

#include "tests/conformance/kata-policy/recorded_pod.hpp"

namespace redoubt::test {
namespace {

TEST(KataPolicy, EveryRecordedRequestIsDecidedAsRecordedByThePolicyMadeForItsPod) {
    const auto folders = recorded_folders();
    if (folders.empty()) GTEST_SKIP() << "no recorded requests below REDOUBT_SHARED/conformance/kata-policy";
    std::size_t cases = 0;
    for (const auto& folder : folders) {
        SCOPED_TRACE(folder.string());
        const auto requests = recorded_requests(folder);
        ASSERT_TRUE(requests) << requests.error().message;
        std::vector<std::string> revealed;
        auto policy = policy_of(folder, *requests, revealed);
        for (const auto& image : revealed)
            std::cout << folder.filename() << ": image " << image << " as a request shows it\n";
        if (!policy) {
            ADD_FAILURE() << policy.error().message;
            continue;
        }
        const auto decider = agent_policy::Decider::load("policy.rego", policy->text);
        ASSERT_TRUE(decider) << decider.error().message;
        for (const auto& one : agent_policy::replay(**decider, *requests)) {
            ++cases;
            EXPECT_EQ(one.decision.allowed, one.request->allowed)
                << one.request->kind << ": " << one.request->description << "\n"
                << one.decision.summary();
        }
    }
    std::cout << cases << " recorded requests of " << folders.size() << " folders\n";
}

} // namespace
} // namespace redoubt::test

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "agent.pb.h"
#include "tests/unit/guest-image/policy/request_bytes.hpp"

namespace redoubt::guest::policy {
namespace {

/// One container, once; nothing else.
constexpr const char* k_one_container = R"rego(
package agent_policy
import rego.v1
default CreateContainerRequest := false
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/taken", "value": input.container_id}]} if {
    not data.pstate.taken
    input.container_id != ""
}
StartContainerRequest if input.container_id == data.pstate.taken
SetPolicyRequest := true
CopyFileRequest := true
)rego";

std::string create(const std::string& id) {
    ::grpc::CreateContainerRequest request;
    request.set_container_id(id);
    return request.SerializeAsString();
}

std::unique_ptr<Gate> load(const char* text) {
    auto gate = Gate::load(text);
    EXPECT_TRUE(gate) << gate.error().message;
    return gate ? *std::move(gate) : nullptr;
}

TEST(Gate, LetsThroughWhatThePolicyAllowsAndKeepsWhatItSays) {
    const auto gate = load(k_one_container);
    EXPECT_FALSE(gate->admit("StartContainerRequest", create("a")));
    EXPECT_TRUE(gate->admit("CreateContainerRequest", create("a")));
    EXPECT_TRUE(gate->admit("StartContainerRequest", create("a")));
    EXPECT_FALSE(gate->admit("StartContainerRequest", create("b")));
}

TEST(Gate, NamesTheRuleAndTheExpressionThatRefused) {
    const auto gate = load(k_one_container);
    const auto refused = gate->admit("CreateContainerRequest", create(""));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::permission_denied);
    EXPECT_TRUE(refused.error().message.starts_with("CreateContainerRequest is blocked by policy: "
                                                    "data.agent_policy.CreateContainerRequest"));
    EXPECT_TRUE(refused.error().message.contains("input.container_id != \"\"")) << refused.error().message;
}

TEST(Gate, RefusesWhatNoRuleSpeaksOf) {
    const auto gate = load(k_one_container);
    const auto refused = gate->admit("PauseContainerRequest", "");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::permission_denied);
}

TEST(Gate, HidesOutputInsteadOfRefusingToReadIt) {
    EXPECT_EQ(load(k_one_container)->admit("ReadStreamRequest", ""), Admission::redacted);
    const auto open = load("package agent_policy\nReadStreamRequest := true");
    EXPECT_EQ(open->admit("ReadStreamRequest", ""), Admission::granted);
}

TEST(Gate, RefusesWhatWouldChangeTheMeasuredGuestWhateverThePolicySays) {
    const auto gate = load(k_one_container);
    for (const auto* message : {"SetPolicyRequest", "CopyFileRequest", "AddSwapRequest", "AddSwapPathRequest",
                                "MemHotplugByProbeRequest"}) {
        const auto refused = gate->admit(message, "");
        ASSERT_FALSE(refused) << message;
        EXPECT_EQ(refused.error().code, Code::permission_denied);
    }
}

TEST(Gate, RefusesAMessageThatIsNotWhatItIsSaidToBe) {
    const auto gate = load("package agent_policy\nStartContainerRequest := true");
    EXPECT_TRUE(gate->admit("StartContainerRequest", ""));
    EXPECT_FALSE(gate->admit("StartContainerRequest", "\x12\x01x"));
}

TEST(Gate, DecidesOnOurOwnCallsByTheDigestOfWhatTheyBring) {
    const auto gate = load(R"rego(
package agent_policy
import rego.v1
PutDocumentRequest if {
    input.name == "hosts"
    [file.data | some file in input.files] == [
        {"digest": "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "size": 3},
        {"digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "size": 0},
    ]
}
)rego");
    const auto document = [](const std::string& content) {
        return test::bytes_field(1, "hosts") +
               test::bytes_field(2, test::bytes_field(1, "a") + test::bytes_field(3, content)) +
               test::bytes_field(2, test::bytes_field(1, "b"));
    };
    EXPECT_TRUE(gate->admit("PutDocumentRequest", document("foo")));
    EXPECT_EQ(gate->admit("PutDocumentRequest", document("fop")).error().code, Code::permission_denied);
    EXPECT_EQ(gate->admit("StatPathRequest", "").error().code, Code::permission_denied);
}

TEST(Gate, DoesNotLoadAPolicyThatIsWrong) {
    EXPECT_FALSE(Gate::load("package agent_policy\nx := y"));
}

TEST(Gate, RefusesWhenTheStateCannotBeChangedAsThePolicySays) {
    const auto gate = load("package agent_policy\nStartContainerRequest := {\"allowed\": true, "
                           "\"ops\": [{\"op\": \"remove\", \"path\": \"/nothing\"}]}");
    EXPECT_FALSE(gate->admit("StartContainerRequest", ""));
}

TEST(Gate, LetsOneOfSixtyFourWinThatWantTheSamePlace) {
    const auto gate = load(k_one_container);
    std::atomic<int> winners = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 64; ++i)
        threads.emplace_back([&, i] {
            if (gate->admit("CreateContainerRequest", create("c" + std::to_string(i)))) ++winners;
        });
    threads.clear();
    EXPECT_EQ(winners, 1);
}

TEST(Gate, AsksThePolicyForWhatAContainerWantsAndRefusesWithoutARule) {
    const auto gate =
        load("package agent_policy\nimport rego.v1\nWorkloadApiRequest if input.container_id == \"a\"\n");
    EXPECT_TRUE(gate->admit_workload(R"({"container_id":"a"})"));
    const auto refused = gate->admit_workload(R"({"container_id":"b"})");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::permission_denied);
    EXPECT_TRUE(refused.error().message.starts_with("WorkloadApiRequest is blocked by policy"))
        << refused.error().message;
    EXPECT_FALSE(gate->admit_workload("no JSON"));
    EXPECT_FALSE(load(k_one_container)->admit_workload(R"({"container_id":"a"})"));
}

} // namespace
} // namespace redoubt::guest::policy

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/call_guard.hpp"

#include <gtest/gtest.h>

#include "agent.pb.h"

namespace redoubt::guest::rpc {
namespace {

constexpr const char* k_one_container = R"rego(
package agent_policy
import rego.v1
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/taken", "value": true}]} if not data.pstate.taken
WriteStreamRequest := true
)rego";

class CallGuardTest : public ::testing::Test {
  protected:
    Result<ttrpc::Admission> ask(const char* method, std::string_view payload = {},
                                 const char* service = "grpc.AgentService") {
        return guard_({.service = service, .method = method, .metadata = {}}, payload);
    }

    std::unique_ptr<policy::Gate> gate_ = policy::Gate::load(k_one_container).value();
    ttrpc::Guard guard_ = guard_by(*gate_);
};

TEST_F(CallGuardTest, OfSixtyFourContainersForOneSlotAdmitsOne) {
    int winners = 0;
    for (int i = 0; i < 64; ++i) {
        ::grpc::CreateContainerRequest request;
        request.set_container_id("c" + std::to_string(i));
        if (ask("CreateContainer", request.SerializeAsString())) ++winners;
    }
    EXPECT_EQ(winners, 1);
}

TEST_F(CallGuardTest, AsksByTheNameOfTheMessageRatherThanOfTheCall) {
    EXPECT_TRUE(ask("WriteStdin"));
    EXPECT_EQ(ask("CloseStdin").error().code, Code::permission_denied);
}

TEST_F(CallGuardTest, LeavesReadersTheEndOfAStreamAlone) {
    EXPECT_EQ(ask("ReadStdout"), ttrpc::Admission::redacted);
    EXPECT_EQ(ask("ReadStderr"), ttrpc::Admission::redacted);
}

TEST_F(CallGuardTest, RefusesCallsThatAreInNoContract) {
    EXPECT_EQ(ask("OpenDebugConsole").error().code, Code::permission_denied);
    EXPECT_EQ(ask("Get", {}, "org.example.Log").error().code, Code::permission_denied);
}

TEST_F(CallGuardTest, StandsBeforeOurOwnCallsToo) {
    EXPECT_EQ(ask("Put", {}, "redoubt.agent.v1.ConfigDocuments").error().code, Code::permission_denied);
    EXPECT_EQ(ask("OpenArchive", {}, "redoubt.agent.v1.ContainerAccess").error().code,
              Code::permission_denied);
}

TEST_F(CallGuardTest, LetsEverybodyAskWhetherTheGuestIsThere) {
    EXPECT_EQ(ask("Check", {}, "grpc.Health"), ttrpc::Admission::whole);
}

TEST(RefuseAll, HasOneAnswerForWhateverIsAsked) {
    const auto guard = refuse_all({Code::permission_denied, "initdata: no disk"});
    for (const auto* service : {"grpc.Health", "grpc.AgentService", "nobody"}) {
        const auto answer = guard({.service = service, .method = "Check", .metadata = {}}, "");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error(), (Error{Code::permission_denied, "initdata: no disk"}));
    }
}

} // namespace
} // namespace redoubt::guest::rpc

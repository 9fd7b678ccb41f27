// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <format>

#include "agent.pb.h"
#include "common/ttrpc/client.hpp"
#include "common/ttrpc/server.hpp"
#include "guest-image/agent/rpc/call_guard.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::rpc {
namespace {

constexpr const char* k_service = "grpc.AgentService";
/// One slot, which stays taken.
constexpr const char* k_one_container = R"rego(
package agent_policy
import rego.v1
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/taken", "value": true}]} if not data.pstate.taken
)rego";

/// A host that asks over several connections at once.
class ParallelCreates : public ttrpc::ConnectionTest {
  protected:
    static constexpr int k_connections = 8;
    static constexpr int k_calls = 64;

    ParallelCreates() {
        server_.add(k_service, "CreateContainer",
                    [this](std::string, ttrpc::CallContext) -> Task<std::string> {
                        ++made_;
                        co_await sleep_for(std::chrono::milliseconds(20)); // while the others come
                        co_return std::string();
                    });
        server_.set_guard(guard_by(*gate_));
        for (int i = 0; i < k_connections; ++i) {
            auto [near, far] = connected_pair();
            scope_.spawn(server_.serve(std::move(far)));
            clients_.push_back(std::make_unique<ttrpc::Client>(context_.get_executor(), std::move(near)));
        }
    }

    void TearDown() override {
        clients_.clear();
        ConnectionTest::TearDown();
    }

    /// All of them are under way before one has its answer.
    std::vector<Result<std::string>> create_all() {
        std::vector<Result<std::string>> answers;
        for (int i = 0; i < k_calls; ++i) {
            ::grpc::CreateContainerRequest request;
            request.set_container_id(std::format("c{}", i));
            auto& client = *clients_[static_cast<std::size_t>(i % k_connections)];
            asio::co_spawn(context_,
                           client.call(k_service, "CreateContainer", request.SerializeAsString(), {}),
                           [&answers](const std::exception_ptr& error, Result<std::string> answer) {
                               if (error) std::rethrow_exception(error);
                               answers.push_back(std::move(answer));
                           });
        }
        context_.restart();
        while (answers.size() < k_calls && context_.run_one() > 0) {
        }
        return answers;
    }

    std::unique_ptr<policy::Gate> gate_ = policy::Gate::load(k_one_container).value();
    ttrpc::Server server_;
    std::vector<std::unique_ptr<ttrpc::Client>> clients_;
    int made_ = 0;
};

TEST_F(ParallelCreates, OfSixtyFourForOneSlotExactlyOneIsMade) {
    const auto answers = create_all();
    ASSERT_EQ(answers.size(), 64U);
    int won = 0;
    for (const auto& answer : answers) {
        if (answer) {
            ++won;
            continue;
        }
        EXPECT_EQ(answer.error().code, Code::permission_denied) << answer.error().message;
    }
    EXPECT_EQ(won, 1);
    EXPECT_EQ(made_, 1);
}

} // namespace
} // namespace redoubt::guest::rpc

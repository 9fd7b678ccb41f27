// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::FakeHypervisor;
using testing_support::NodeTest;
using namespace std::chrono_literals;

class StopContainer : public NodeTest {
  protected:
    ContainerId start_one() {
        auto id = create();
        EXPECT_TRUE(run(start_container(node(), id.str())));
        return id;
    }
};

TEST_F(StopContainer, SendsTheStopSignalAndWaits) {
    const auto id = start_one();
    auto obey = [](FakeHypervisor& vms) -> asio::awaitable<void> {
        auto& guest = vms.only_guest();
        while (guest.init().last_signal == 0) co_await sleep_for(1ms);
        guest.exit_init(0);
    };
    node().tasks.spawn(obey(hypervisor));
    ASSERT_TRUE(run(stop_container(node(), id.str(), 60s)));
    EXPECT_EQ(container(id).state, ContainerState::exited);
    EXPECT_EQ(container(id).record.exit_code, 0);
    expect_no_sandbox_left();
    EXPECT_TRUE(run(stop_container(node(), id.str(), 60s))) << "stopping what has stopped is no error";
}

TEST_F(StopContainer, KillsTheVmOfAProcessThatDoesNotObey) {
    const auto id = start_one();
    ASSERT_TRUE(run(stop_container(node(), id.str(), 1s)));
    EXPECT_EQ(container(id).record.exit_code, 137);
    expect_no_sandbox_left();
}

TEST_F(StopContainer, DoesNotAskAProcessThatIsGivenNoTime) {
    const auto id = start_one();
    faults.hanging = {"signal_process"}; // asking would take until somebody gives up
    ASSERT_TRUE(run(stop_container(node(), id.str(), 0s)));
    EXPECT_EQ(container(id).record.exit_code, 137);
    EXPECT_EQ(container(id).record.reason, "killed at once, as was asked");
    expect_no_sandbox_left();
}

TEST_F(StopContainer, NeedsNoAnswerOfTheGuest) {
    const auto id = start_one();
    faults.hanging = {"signal_process"};
    ASSERT_TRUE(run(stop_container(node(), id.str(), 1s)));
    EXPECT_EQ(container(id).record.exit_code, 137);
    expect_no_sandbox_left();
}

TEST_F(StopContainer, EndsAStartInProgress) {
    faults.hanging = {"connect"};
    const auto id = create();
    Status started;
    bool ended = false;
    auto starter = [](Node& on, std::string name, Status& out, bool& done) -> asio::awaitable<void> {
        out = co_await start_container(on, std::move(name));
        done = true;
    };
    TaskScope scope(context.get_executor());
    scope.spawn(starter(node(), id.str(), started, ended));
    run_until([&] { return !hypervisor.guests.empty(); });
    ASSERT_TRUE(run(stop_container(node(), id.str(), 10s)));
    run_until([&] { return ended; });
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message.find("stopped while starting"), std::string::npos);
    EXPECT_EQ(container(id).state, ContainerState::exited);
    expect_no_sandbox_left();
}

TEST_F(StopContainer, KillEndsTheProcess) {
    const auto id = start_one();
    ASSERT_TRUE(run(kill_container(node(), id.str(), "")));
    EXPECT_EQ(run(wait_container(node(), id.str())), 137);
    EXPECT_FALSE(container(id).record.oom_killed);
    expect_no_sandbox_left();
}

TEST_F(StopContainer, KillSendsOtherSignalsToo) {
    const auto id = start_one();
    ASSERT_TRUE(run(kill_container(node(), id.str(), "HUP")));
    EXPECT_EQ(hypervisor.only_guest().init().last_signal, 1);
    EXPECT_EQ(run(kill_container(node(), id.str(), "NOPE")).error().code, Code::invalid_argument);
    EXPECT_EQ(container(id).state, ContainerState::running);
}

TEST_F(StopContainer, KillOfAStoppedContainerIsRefused) {
    const auto id = create();
    EXPECT_EQ(run(kill_container(node(), id.str(), "")).error().code, Code::failed_precondition);
}

TEST_F(StopContainer, ARunningContainerIsRemovedOnlyByForce) {
    const auto id = start_one();
    EXPECT_EQ(run(remove_container(node(), id.str(), RemoveMode::only_stopped)).error().code,
              Code::failed_precondition);
    ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::force)));
    expect_no_sandbox_left();
    EXPECT_TRUE(node().containers.empty());
    EXPECT_EQ(run(remove_container(node(), id.str(), RemoveMode::force)).error().code, Code::not_found);
}

TEST_F(StopContainer, ContainersAreFoundByIdPrefixAndName) {
    ContainerSpec spec;
    spec.name = "web";
    const auto id = create(spec);
    create();
    for (const auto& wanted : {id.str(), id.str().substr(0, 12), std::string("web")})
        EXPECT_EQ(find_container(node(), wanted).value()->record.id, id) << wanted;
    EXPECT_EQ(find_container(node(), "nothing").error().code, Code::not_found);
    EXPECT_EQ(find_container(node(), "").error().code, Code::invalid_argument);
}

TEST_F(StopContainer, EventsTellWhatHappened) {
    const auto events = watch_events(node(), 1, false);
    const auto id = start_one();
    hypervisor.only_guest().exit_init(7);
    EXPECT_EQ(run(wait_container(node(), id.str())), 7);
    ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::only_stopped)));
    auto collect = [](EventHub::Subscription& from) -> Task<std::vector<std::string>> {
        std::vector<std::string> actions;
        while (auto event = co_await from.next()) {
            actions.push_back(event->action);
            if (event->action == "exit") actions.push_back(event->attributes.at("exit_code"));
        }
        co_return actions;
    };
    EXPECT_EQ(run(collect(*events)).value(),
              (std::vector<std::string>{"create", "start", "exit", "7", "remove"}));
}

} // namespace
} // namespace redoubt::node::sandbox

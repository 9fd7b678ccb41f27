// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::NodeTest;
using namespace std::chrono_literals;

class Recover : public NodeTest {
  protected:
    ContainerId start_one(ContainerSpec spec = {}) {
        auto id = create(std::move(spec));
        EXPECT_TRUE(run(start_container(node(), id.str())));
        return id;
    }
    void restart() {
        stop_daemon();
        start_daemon();
        ASSERT_TRUE(run(recover_after_restart(node())));
    }
};

TEST_F(Recover, ARunningContainerGoesOn) {
    const auto id = start_one();
    auto& guest = hypervisor.only_guest();
    guest.print("before\n");
    restart();
    ASSERT_EQ(container(id).state, ContainerState::running);
    guest.print("after\n");
    const auto session = run(exec_in_container(node(), {.container = id.str(), .command = {"ls"}}));
    EXPECT_TRUE(session) << session.error().message;
    guest.exit_init(6);
    EXPECT_EQ(run(wait_container(node(), id.str())), 6);
    const auto log = read_file(container(id).log.file()).value();
    EXPECT_NE(log.find("F after"), std::string::npos);
    expect_no_sandbox_left();
}

TEST_F(Recover, TheExitCodeOfAContainerThatEndedMeanwhileIsKnown) {
    const auto id = start_one();
    stop_daemon();
    hypervisor.only_guest().print("last words\n");
    hypervisor.only_guest().exit_init(9);
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    EXPECT_EQ(run(wait_container(node(), id.str())), 9);
    EXPECT_NE(read_file(container(id).log.file()).value().find("last words"), std::string::npos);
    expect_no_sandbox_left();
}

TEST_F(Recover, AVmThatIsGoneIsBuried) {
    const auto id = start_one();
    stop_daemon();
    hypervisor.only_guest().die("power cut");
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    EXPECT_EQ(container(id).state, ContainerState::exited);
    EXPECT_EQ(container(id).record.exit_code, 137);
    EXPECT_NE(container(id).record.reason.find("vm gone"), std::string::npos);
    expect_no_sandbox_left();
}

TEST_F(Recover, AnAgentThatDoesNotAnswerCostsItsVm) {
    const auto id = start_one();
    stop_daemon();
    faults.failing = {"connect"};
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    EXPECT_EQ(container(id).state, ContainerState::exited);
    expect_no_sandbox_left();
}

TEST_F(Recover, AnInterruptedStartIsCleaned) {
    faults.hanging = {"create_container"};
    const auto id = create();
    auto starter = [](Node& on, std::string name) -> asio::awaitable<void> {
        [[maybe_unused]] const auto started = co_await start_container(on, std::move(name));
    };
    node().tasks.spawn(starter(node(), id.str())); // cancelled by stop_daemon() in the middle, as by a kill
    run_until([&] { return hypervisor.alive() == 1 && hypervisor.only_guest().links == 1; });
    faults.hanging.clear();
    restart();
    EXPECT_EQ(container(id).state, ContainerState::exited);
    EXPECT_EQ(container(id).record.reason, "daemon restarted while starting");
    expect_no_sandbox_left();
}

TEST_F(Recover, AContainerThatRemovesItselfIsRemovedAfterAllWhenItsVmIsGone) {
    ContainerSpec spec;
    spec.auto_remove = true;
    start_one(spec);
    stop_daemon();
    hypervisor.only_guest().die("power cut");
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    EXPECT_TRUE(node().containers.empty());
    EXPECT_TRUE(ledger().empty());
}

TEST_F(Recover, WhatTheLedgerKnowsAndNobodyOwnsIsReaped) {
    const auto stray = directory_ / "run" / "vm" / "stray";
    std::filesystem::create_directories(stray);
    launch::VmSpec vm;
    vm.id = SandboxId("stray");
    ASSERT_TRUE(run(hypervisor.launch(vm)));
    ASSERT_TRUE(run(node().store.note({"runtime-directory", stray, "gone", 1})));
    ASSERT_TRUE(run(node().store.note({"vm", "stray", "gone", 1})));
    restart();
    EXPECT_EQ(hypervisor.alive(), 0);
    EXPECT_FALSE(std::filesystem::exists(stray));
    EXPECT_TRUE(ledger().empty());
}

TEST_F(Recover, CreatedAndExitedContainersStayAsTheyAre) {
    const auto waiting = create();
    const auto ended = start_one();
    hypervisor.only_guest().exit_init(1);
    ASSERT_EQ(run(wait_container(node(), ended.str())), 1);
    restart();
    EXPECT_EQ(container(waiting).state, ContainerState::created);
    EXPECT_EQ(container(ended).state, ContainerState::exited);
    EXPECT_EQ(container(ended).record.exit_code, 1);
    EXPECT_TRUE(run(start_container(node(), waiting.str())));
}

} // namespace
} // namespace redoubt::node::sandbox

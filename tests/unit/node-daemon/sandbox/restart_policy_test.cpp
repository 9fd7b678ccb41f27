// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/restart_policy.hpp"

#include <gtest/gtest.h>

#include "node-daemon/sandbox/log_run.hpp"
#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::NodeTest;
using Kind = RestartPolicy::Kind;

class Restart : public NodeTest {
  protected:
    ContainerId start_one(Kind kind, std::uint32_t most_retries = 0) {
        ContainerSpec spec;
        spec.restart = {.kind = kind, .most_retries = most_retries};
        const auto id = create(spec);
        EXPECT_TRUE(run(start_container(node(), id.str())));
        return id;
    }
    /// Ends the process and waits until the policy has started it again.
    void end_and_await_restart(const ContainerId& id, int code) {
        const auto before = container(id).record.restart_count;
        hypervisor.only_guest().exit_init(code);
        run_until([&] {
            return container(id).record.restart_count == before + 1 &&
                   container(id).state == ContainerState::running;
        });
    }
    void reboot() {
        stop_daemon();
        for (const auto& [id, guest] : hypervisor.guests) guest->die("power cut");
        start_daemon();
        ASSERT_TRUE(run(recover_after_restart(node())));
    }
};

TEST_F(Restart, AlwaysComesBackUntilSomebodyStopsIt) {
    const auto id = start_one(Kind::always);
    end_and_await_restart(id, 0);
    end_and_await_restart(id, 3);
    EXPECT_EQ(summarize(node(), container(id)).restarts, 2U);
    ASSERT_TRUE(run(kill_container(node(), id.str(), "KILL")));
    EXPECT_EQ(run(wait_container(node(), id.str())), 137);
    EXPECT_FALSE(wants_restart(container(id)));
    EXPECT_TRUE(wants_start_with_node(container(id))) << "a node's start is a new beginning";
}

TEST_F(Restart, OnFailureOnlyAfterOneAndOnlySoOften) {
    const auto id = start_one(Kind::on_failure, 1);
    end_and_await_restart(id, 1);
    hypervisor.only_guest().exit_init(1);
    EXPECT_EQ(run(wait_container(node(), id.str())), 1);
    EXPECT_FALSE(wants_restart(container(id)));
    ASSERT_TRUE(run(start_container(node(), id.str())));
    EXPECT_EQ(container(id).record.restart_count, 0) << "somebody started it: counted anew";
    hypervisor.only_guest().exit_init(0);
    EXPECT_EQ(run(wait_container(node(), id.str())), 0);
    EXPECT_FALSE(wants_restart(container(id)));
}

TEST_F(Restart, NoneIsTheDefault) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    hypervisor.only_guest().exit_init(1);
    EXPECT_EQ(run(wait_container(node(), id.str())), 1);
    EXPECT_FALSE(wants_restart(container(id)));
    EXPECT_FALSE(wants_start_with_node(container(id)));
}

TEST_F(Restart, TheNodesStartBringsBackWhatPoliciesSay) {
    const auto always = start_one(Kind::always);
    const auto never = start_one(Kind::no);
    reboot();
    run_until([&] { return container(always).state == ContainerState::running; });
    EXPECT_EQ(container(never).state, ContainerState::exited);
}

TEST_F(Restart, WhatSomebodyStoppedStaysSoUnlessItIsAlways) {
    const auto id = start_one(Kind::unless_stopped);
    ASSERT_TRUE(run(kill_container(node(), id.str(), "KILL")));
    EXPECT_EQ(run(wait_container(node(), id.str())), 137);
    reboot();
    EXPECT_TRUE(container(id).record.stopped_by_user) << "kept across restarts";
    EXPECT_FALSE(wants_start_with_node(container(id)));
}

TEST_F(Restart, TheLogGoesOnWithAllOfTheNextRunsOutput) {
    const auto id = start_one(Kind::always);
    hypervisor.only_guest().print("first\n");
    run_until([&] { return read_file(container(id).log.file()).value_or("").contains("F first"); });
    end_and_await_restart(id, 1);
    hypervisor.only_guest().print("again\n");
    run_until([&] { return read_file(container(id).log.file()).value_or("").contains("F again"); });
    EXPECT_EQ(read_run_start(container(id).log.file()).value().output, 6U);
}

TEST_F(Restart, RemovalEndsThePolicy) {
    const auto id = start_one(Kind::always);
    hypervisor.only_guest().exit_init(1);
    run_until([&] { return container(id).state == ContainerState::exited && !container(id).sandbox; });
    ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::force)));
    EXPECT_TRUE(node().containers.empty());
    EXPECT_TRUE(ledger().empty());
}

TEST_F(Restart, WaitsLongerAfterEachShortRun) {
    const auto id = create();
    EXPECT_EQ(restart_delay(container(id)), std::chrono::milliseconds(100));
    container(id).short_runs = 3;
    EXPECT_EQ(restart_delay(container(id)), std::chrono::milliseconds(800));
    container(id).short_runs = 1000;
    EXPECT_EQ(restart_delay(container(id)), std::chrono::minutes(1));
}

TEST_F(Restart, RemovingItselfAndComingBackDoNotGoTogether) {
    ContainerSpec spec;
    spec.image = "test";
    spec.auto_remove = true;
    spec.restart.kind = Kind::always;
    const auto refused = run(create_container(node(), spec));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("not both"), std::string::npos);
}

} // namespace
} // namespace redoubt::node::sandbox

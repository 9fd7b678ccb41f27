// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::NodeTest;
using namespace std::chrono_literals;

class ChangeContainer : public NodeTest {
  protected:
    ContainerId start_one(ContainerSpec spec = {}) {
        auto id = create(std::move(spec));
        EXPECT_TRUE(run(start_container(node(), id.str())));
        return id;
    }
    void restart_daemon() {
        stop_daemon();
        start_daemon();
        ASSERT_TRUE(run(recover_after_restart(node())));
    }
};

TEST_F(ChangeContainer, PausesAndUnpauses) {
    const auto id = start_one();
    ASSERT_TRUE(run(pause_container(node(), id.str())));
    EXPECT_TRUE(hypervisor.only_guest().is_paused);
    EXPECT_TRUE(summarize(node(), container(id)).is_paused);
    EXPECT_EQ(run(pause_container(node(), id.str())).error().code, Code::failed_precondition);
    const auto exec = run(exec_in_container(node(), {.container = id.str(), .command = {"true"}}));
    ASSERT_FALSE(exec);
    EXPECT_NE(exec.error().message.find("unpause it first"), std::string::npos);
    ASSERT_TRUE(run(unpause_container(node(), id.str())));
    EXPECT_FALSE(hypervisor.only_guest().is_paused);
    EXPECT_FALSE(summarize(node(), container(id)).is_paused);
    EXPECT_EQ(run(unpause_container(node(), id.str())).error().code, Code::failed_precondition);
}

TEST_F(ChangeContainer, AFailedPauseLeavesItRunning) {
    const auto id = start_one();
    faults.failing = {"pause_container"};
    EXPECT_FALSE(run(pause_container(node(), id.str())));
    EXPECT_FALSE(summarize(node(), container(id)).is_paused);
    faults.failing.clear();
    restart_daemon();
    EXPECT_FALSE(hypervisor.only_guest().is_paused);
}

TEST_F(ChangeContainer, APauseThatCannotBeRecordedIsNone) {
    const auto id = start_one();
    faults.failing = {"before save sandbox"};
    EXPECT_FALSE(run(pause_container(node(), id.str())));
    EXPECT_FALSE(summarize(node(), container(id)).is_paused);
    faults.failing.clear();
    EXPECT_TRUE(run(exec_in_container(node(), {.container = id.str(), .command = {"ls"}})));
}

TEST_F(ChangeContainer, APauseOutlivesTheDaemon) {
    const auto id = start_one();
    ASSERT_TRUE(run(pause_container(node(), id.str())));
    hypervisor.only_guest().is_paused = false; // as if the daemon had been killed before it told the guest
    restart_daemon();
    EXPECT_TRUE(hypervisor.only_guest().is_paused);
    EXPECT_TRUE(summarize(node(), container(id)).is_paused);
    ASSERT_TRUE(run(unpause_container(node(), id.str())));
}

TEST_F(ChangeContainer, StoppingAPausedOneLetsItObey) {
    const auto id = start_one();
    ASSERT_TRUE(run(pause_container(node(), id.str())));
    auto obey = [](testing_support::FakeHypervisor& vms) -> asio::awaitable<void> {
        auto& guest = vms.only_guest();
        while (guest.init().last_signal == 0 || guest.is_paused) co_await sleep_for(1ms);
        guest.exit_init(0);
    };
    node().tasks.spawn(obey(hypervisor));
    ASSERT_TRUE(run(stop_container(node(), id.str(), 60s)));
    EXPECT_EQ(container(id).record.exit_code, 0);
    expect_no_sandbox_left();
}

TEST_F(ChangeContainer, RestartsWhatRunsAndWhatDoesNot) {
    const auto id = start_one();
    ASSERT_TRUE(run(restart_container(node(), id.str(), 0s)));
    EXPECT_EQ(container(id).state, ContainerState::running);
    EXPECT_EQ(hypervisor.guests.size(), 2U);
    EXPECT_EQ(hypervisor.alive(), 1);
    ASSERT_TRUE(run(stop_container(node(), id.str(), 0s)));
    ASSERT_TRUE(run(restart_container(node(), id.str(), 0s)));
    EXPECT_EQ(container(id).state, ContainerState::running);
}

TEST_F(ChangeContainer, ARestartDoesNotRemoveWhatItsEndWould) {
    ContainerSpec spec;
    spec.auto_remove = true;
    const auto id = start_one(spec);
    ASSERT_TRUE(run(restart_container(node(), id.str(), 0s)));
    EXPECT_EQ(container(id).state, ContainerState::running);
    ASSERT_TRUE(run(stop_container(node(), id.str(), 0s)));
    EXPECT_FALSE(node().containers.contains(id));
}

TEST_F(ChangeContainer, RenamesForGood) {
    ContainerSpec spec;
    spec.name = "old";
    const auto id = create(spec);
    spec.name = "other";
    create(spec);
    EXPECT_EQ(run(rename_container(node(), "old", "other")).error().code, Code::already_exists);
    EXPECT_EQ(run(rename_container(node(), "old", "no/name")).error().code, Code::invalid_argument);
    EXPECT_EQ(run(rename_container(node(), "old", "old")).error().code, Code::invalid_argument);
    ASSERT_TRUE(run(rename_container(node(), "old", "new")));
    restart_daemon();
    EXPECT_EQ(container(id).record.name, "new");
    EXPECT_EQ(container(id).spec.name, "new");
    EXPECT_FALSE(find_container(node(), "old"));
}

TEST_F(ChangeContainer, UpdatesLimitsAtOnceAndForGood) {
    ContainerSpec spec;
    spec.memory_bytes = 64U << 20U;
    spec.cpus = 1;
    const auto id = start_one(spec);
    ASSERT_TRUE(run(update_container(node(), id.str(), {.memory_bytes = 32U << 20U, .cpus = {}})));
    EXPECT_EQ(hypervisor.only_guest().resources.memory_limit, 32 << 20);
    EXPECT_EQ(hypervisor.only_guest().resources.cpu_quota, 0) << "what is not to change is not told";
    ASSERT_TRUE(run(update_container(node(), id.str(), {.memory_bytes = {}, .cpus = 0.5})));
    EXPECT_EQ(hypervisor.only_guest().resources.cpu_quota, 50000);
    restart_daemon();
    EXPECT_EQ(container(id).spec.memory_bytes, 32U << 20U);
    EXPECT_EQ(container(id).spec.cpus, 0.5);
}

TEST_F(ChangeContainer, SaysWhatAVmThatRunsCannotGrowTo) {
    ContainerSpec spec;
    spec.memory_bytes = 64U << 20U;
    spec.cpus = 1;
    const auto id = start_one(spec);
    const auto memory = run(update_container(node(), id.str(), {.memory_bytes = 128U << 20U, .cpus = {}}));
    ASSERT_FALSE(memory);
    EXPECT_EQ(memory.error().code, Code::failed_precondition);
    EXPECT_NE(memory.error().message.find("has 64 MiB for its container"), std::string::npos);
    EXPECT_NE(memory.error().message.find("stop the container, update it and start it again"),
              std::string::npos);
    EXPECT_EQ(run(update_container(node(), id.str(), {.memory_bytes = {}, .cpus = 2.0})).error().code,
              Code::failed_precondition);
    EXPECT_EQ(run(update_container(node(), id.str(), {.memory_bytes = 1000, .cpus = {}})).error().code,
              Code::invalid_argument);
    EXPECT_EQ(run(update_container(node(), id.str(), {})).error().code, Code::invalid_argument);
    EXPECT_EQ(container(id).spec.memory_bytes, 64U << 20U);
    ASSERT_TRUE(run(stop_container(node(), id.str(), 0s)));
    ASSERT_TRUE(run(update_container(node(), id.str(), {.memory_bytes = 128U << 20U, .cpus = 2.0})));
    EXPECT_EQ(container(id).spec.memory_bytes, 128U << 20U);
}

TEST_F(ChangeContainer, AnUpdateThatTheGuestRefusesIsNone) {
    ContainerSpec spec;
    spec.memory_bytes = 64U << 20U;
    const auto id = start_one(spec);
    faults.failing = {"update_container"};
    EXPECT_FALSE(run(update_container(node(), id.str(), {.memory_bytes = 32U << 20U, .cpus = {}})));
    faults.failing.clear();
    restart_daemon();
    EXPECT_EQ(container(id).spec.memory_bytes, 64U << 20U);
}

} // namespace
} // namespace redoubt::node::sandbox

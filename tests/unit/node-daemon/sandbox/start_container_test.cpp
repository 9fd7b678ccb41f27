// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::NodeTest;
using namespace std::chrono_literals;

class StartContainer : public NodeTest {};

TEST_F(StartContainer, RunsToItsEndAndLeavesNothing) {
    const auto id = create();
    EXPECT_EQ(summarize(node(), container(id)).command, std::vector<std::string>{"sh"});
    ASSERT_TRUE(run(start_container(node(), id.str())));
    EXPECT_EQ(container(id).state, ContainerState::running);
    EXPECT_EQ(ledger().size(), 3U) << "log folder, VM folder, VM";
    EXPECT_TRUE(hypervisor.only_guest().init().stdin_closed) << "nobody asked for an open stdin";

    hypervisor.only_guest().exit_init(3);
    EXPECT_EQ(run(wait_container(node(), id.str())), 3);
    EXPECT_EQ(container(id).state, ContainerState::exited);
    EXPECT_EQ(container(id).record.reason, "");
    expect_no_sandbox_left();

    ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::only_stopped)));
    EXPECT_TRUE(ledger().empty());
    EXPECT_TRUE(node().containers.empty());
}

asio::awaitable<std::vector<AsyncSemaphore::Guard>> take_all_turns(Node& node) {
    std::vector<AsyncSemaphore::Guard> turns;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
        turns.push_back(co_await node.turns.acquire());
    co_return turns;
}

TEST_F(StartContainer, WaitsWhileAsManyGuestsBeginAsThereAreProcessors) {
    const auto id = create();
    auto story = [&]() -> Task<void> {
        auto others = co_await take_all_turns(node());
        TaskScope scope(node().executor);
        Status started = fail(Code::aborted, "it never began");
        auto start = [&]() -> asio::awaitable<void> { started = co_await start_container(node(), id.str()); };
        scope.spawn(start());
        co_await sleep_for(20ms);
        EXPECT_EQ(container(id).state, ContainerState::starting);
        EXPECT_FALSE(container(id).sandbox->vm);
        others.pop_back();
        co_await scope.join();
        co_return started;
    };
    const auto started = run(story());
    ASSERT_TRUE(started) << started.error().message;
    EXPECT_EQ(container(id).state, ContainerState::running);
}

TEST_F(StartContainer, BeginsWithoutATurnWhenOthersKeepTheirsForLong) {
    const auto id = create();
    node().settings.turn_patience = 20ms;
    auto story = [&]() -> Task<void> {
        const auto others = co_await take_all_turns(node());
        co_return co_await start_container(node(), id.str());
    };
    const auto started = run(story());
    ASSERT_TRUE(started) << started.error().message;
    EXPECT_EQ(container(id).state, ContainerState::running);
}

TEST_F(StartContainer, GivesItsTurnBackWhetherItBeginsOrFails) {
    faults.failing = {"create_container"};
    EXPECT_FALSE(run(start_container(node(), create().str())));
    auto story = [&]() -> Task<void> {
        const auto all = co_await take_all_turns(node());
        co_return Status{};
    };
    EXPECT_TRUE(run(story()));
}

TEST_F(StartContainer, WhateverStepFailsNothingIsLeft) {
    for (const std::string step :
         {"launch", "connect", "guest_details", "create_sandbox", "create_container", "start_container"}) {
        SCOPED_TRACE(step);
        faults.failing = {step};
        const auto id = create();
        const auto started = run(start_container(node(), id.str()));
        ASSERT_FALSE(started);
        EXPECT_NE(started.error().message.find(step + " failed on purpose"), std::string::npos)
            << started.error().message;
        EXPECT_EQ(container(id).state, ContainerState::exited);
        EXPECT_EQ(container(id).record.exit_code, 125);
        EXPECT_NE(container(id).record.reason, "");
        expect_no_sandbox_left();
        ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::only_stopped)));
        EXPECT_TRUE(ledger().empty());
    }
}

TEST_F(StartContainer, RenewsACloneBeforeAnythingElseIsAskedOfIt) {
    hypervisor.makes_clones = true;
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto& guest = hypervisor.only_guest();
    ASSERT_EQ(guest.renewals.size(), 1U);
    EXPECT_EQ(guest.renewals.front().seed.size(), 64U);
    EXPECT_TRUE(guest.shared_storages.empty());
    EXPECT_TRUE(container(id).sandbox->facts.info.is_clone);

    const auto other = create();
    ASSERT_TRUE(run(start_container(node(), other.str())));
    const auto seeds = hypervisor.seeds();
    ASSERT_EQ(seeds.size(), 2U);
    EXPECT_NE(seeds.front(), seeds.back()) << "each its own";
}

TEST_F(StartContainer, ACloneThatCannotBeRenewedDoesNotStart) {
    hypervisor.makes_clones = true;
    faults.failing = {"renew"};
    const auto id = create();
    const auto started = run(start_container(node(), id.str()));
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message.find("renew the clone of a guest template: renew failed on purpose"),
              std::string::npos)
        << started.error().message;
    expect_no_sandbox_left();
}

TEST_F(StartContainer, AVmFolderThatCannotBeMadeFailsTheStart) {
    ASSERT_TRUE(write_file(directory_ / "run" / "vm", "a file is in the way"));
    const auto id = create();
    EXPECT_FALSE(run(start_container(node(), id.str())));
    EXPECT_TRUE(sandbox_rows().empty());
    EXPECT_EQ(ledger().size(), 1U);
}

TEST_F(StartContainer, AGuestThatDoesNotBootIsKilledAndItsConsoleShown) {
    faults.hanging = {"connect"};
    node().settings.boot_timeout = 30ms;
    const auto id = create();
    const auto started = run(start_container(node(), id.str()));
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Code::deadline_exceeded);
    EXPECT_NE(started.error().message.find("fake console"), std::string::npos);
    expect_no_sandbox_left();
}

TEST_F(StartContainer, AVmThatDiesWhileItBootsFailsTheStartAtOnce) {
    faults.hanging = {"connect"};
    const auto id = create();
    node().tasks.spawn([](testing_support::FakeHypervisor& vms) -> asio::awaitable<void> {
        while (vms.guests.empty()) co_await sleep_for(1ms);
        vms.only_guest().die("qemu exited with 1");
    }(hypervisor));
    const auto started = run(start_container(node(), id.str()));
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message.find("qemu exited with 1"), std::string::npos);
    expect_no_sandbox_left();
}

TEST_F(StartContainer, AFailedStartOfAContainerThatRemovesItselfLeavesNoContainer) {
    faults.failing = {"start_container"};
    ContainerSpec spec;
    spec.auto_remove = true;
    const auto id = create(spec);
    EXPECT_FALSE(run(start_container(node(), id.str())));
    EXPECT_TRUE(node().containers.empty());
    EXPECT_TRUE(ledger().empty());
}

TEST_F(StartContainer, AutoRemovedContainersAreGoneWhenTheWaiterHears) {
    ContainerSpec spec;
    spec.auto_remove = true;
    const auto id = create(spec);
    ASSERT_TRUE(run(start_container(node(), id.str())));
    hypervisor.only_guest().exit_init(0);
    EXPECT_EQ(run(wait_container(node(), id.str())), 0);
    EXPECT_TRUE(node().containers.empty());
    EXPECT_TRUE(ledger().empty());
    EXPECT_FALSE(std::filesystem::exists(node().container_directory(id)));
}

TEST_F(StartContainer, ARunningContainerIsNotStartedTwice) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    const auto again = run(start_container(node(), id.str()));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::failed_precondition);
    EXPECT_EQ(container(id).state, ContainerState::running);
}

TEST_F(StartContainer, AnExitedContainerMayStartAgain) {
    const auto id = create();
    for (int code : {1, 2}) {
        ASSERT_TRUE(run(start_container(node(), id.str())));
        hypervisor.only_guest().exit_init(code);
        EXPECT_EQ(run(wait_container(node(), id.str())), code);
    }
}

TEST_F(StartContainer, ManyAtOnce) {
    std::vector<ContainerId> ids;
    for (int i = 0; i < 12; ++i) ids.push_back(create());
    TaskScope starts(context.get_executor());
    int started = 0;
    auto starter = [](Node& on, std::string name, int& count) -> asio::awaitable<void> {
        if (co_await start_container(on, std::move(name))) ++count;
    };
    for (const auto& id : ids) starts.spawn(starter(node(), id.str(), started));
    run_until([&] { return started == 12; });
    EXPECT_EQ(hypervisor.alive(), 12);
    for (const auto& [id, guest] : hypervisor.guests) guest->exit_init(0);
    for (const auto& id : ids) EXPECT_EQ(run(wait_container(node(), id.str())), 0);
    expect_no_sandbox_left();
}

TEST_F(StartContainer, AVmThatDiesEndsItsContainerAlone) {
    const auto first = create();
    const auto second = create();
    ASSERT_TRUE(run(start_container(node(), first.str())));
    auto& guest = hypervisor.only_guest();
    ASSERT_TRUE(run(start_container(node(), second.str())));
    guest.die("qemu killed by signal 9");
    EXPECT_EQ(run(wait_container(node(), first.str())), 137);
    EXPECT_EQ(container(first).record.reason,
              "vm died: qemu killed by signal 9; its console ends with:\nfake console");
    EXPECT_EQ(container(second).state, ContainerState::running);
}

TEST_F(StartContainer, ALostLinkIsMadeAnew) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    auto& guest = hypervisor.only_guest();
    guest.lose_link();
    run_until([&] { return guest.links == 2; });
    guest.print("after\n");
    guest.exit_init(5);
    EXPECT_EQ(run(wait_container(node(), id.str())), 5);
    const auto log = read_file(container(id).log.file());
    ASSERT_TRUE(log);
    EXPECT_NE(log->find("stdout F after"), std::string::npos);
}

TEST_F(StartContainer, RunningOutOfMemoryIsSaid) {
    const auto id = create();
    ASSERT_TRUE(run(start_container(node(), id.str())));
    auto& guest = hypervisor.only_guest();
    guest.exit_init(137);
    guest.oom_events.push_back(id.str());
    EXPECT_EQ(run(wait_container(node(), id.str())), 137);
    EXPECT_TRUE(container(id).record.oom_killed);
    EXPECT_EQ(container(id).record.reason, "out of memory");
}

TEST_F(StartContainer, CreateRefusesWhatCannotRun) {
    ContainerSpec spec;
    spec.image = "no-such-image";
    EXPECT_EQ(run(create_container(node(), spec)).error().code, Code::not_found);
    spec.image = "test";
    spec.name = "no spaces";
    EXPECT_EQ(run(create_container(node(), spec)).error().code, Code::invalid_argument);
    spec.name = "web";
    ASSERT_TRUE(run(create_container(node(), spec)));
    EXPECT_EQ(run(create_container(node(), spec)).error().code, Code::already_exists);
    EXPECT_EQ(node().containers.size(), 1U);
}

} // namespace
} // namespace redoubt::node::sandbox

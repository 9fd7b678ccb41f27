// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/vm_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ranges>
#include <set>

#include "node-daemon/sandbox/drain_node.hpp"
#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::NodeTest;
using namespace std::chrono_literals;

class Pool : public NodeTest {
  protected:
    void SetUp() override {
        NodeTest::SetUp();
        hypervisor.makes_clones = true;
        open_pool(2);
    }
    void open_pool(std::size_t size) {
        auto& pool = node().vm_pool;
        pool.size = size;
        pool.memory_bytes = 8ULL << 30U;
        pool.pause = 1ms;
    }
    ContainerId start(ContainerSpec spec = {}) {
        const auto id = create(std::move(spec));
        const auto started = run(start_container(node(), id.str()));
        EXPECT_TRUE(started) << started.error().message;
        return id;
    }
    void wait_for(std::size_t waiting) {
        run_until([&] { return node().vm_pool.ready.size() == waiting; });
    }
    std::set<std::string> waiting() {
        std::set<std::string> ids;
        for (const auto& one : node().vm_pool.ready) ids.insert(one->id.str());
        return ids;
    }
    std::string sandbox_of(const ContainerId& id) { return container(id).sandbox->id.str(); }
    void stop(const ContainerId& id) { ASSERT_TRUE(run(kill_container(node(), id.str(), "KILL"))); }
};

TEST_F(Pool, AStartTakesAVmThatWaits) {
    start();
    wait_for(2);
    const auto waited = waiting();
    const auto launched = static_cast<std::ptrdiff_t>(hypervisor.launched.size());
    const auto second = start();
    EXPECT_TRUE(waited.contains(sandbox_of(second)));
    EXPECT_TRUE(std::ranges::none_of(hypervisor.launched | std::views::drop(launched), [&](const auto& spec) {
        return spec.id.str() == sandbox_of(second);
    })) << "nothing was started for it";
    EXPECT_TRUE(container(second).sandbox->facts.info.is_clone);
    wait_for(2);
    EXPECT_EQ(hypervisor.alive(), 4) << "and another waits in its place";
}

TEST_F(Pool, ItsGuestIsRenewedWhenItIsGivenAway) {
    start();
    wait_for(2);
    EXPECT_EQ(hypervisor.seeds().size(), 1U) << "who waits is nobody yet";
    start();
    const auto seeds = hypervisor.seeds();
    EXPECT_EQ(std::set(seeds.begin(), seeds.end()).size(), 2U);
}

TEST_F(Pool, HasRehearsedAContainerOfNobodys) {
    ContainerSpec spec;
    spec.environment = {"WORD=secret"};
    start(spec);
    wait_for(2);
    for (const auto& id : waiting()) {
        const auto& guest = *hypervisor.guests.at(id);
        ASSERT_EQ(guest.rehearsed.size(), 1U);
        EXPECT_TRUE(guest.rehearsed.front().storages.empty());
        for (const auto& variable : guest.rehearsed.front().spec.process.env)
            EXPECT_FALSE(variable.contains("WORD")) << variable;
        const auto interfaces = node().vm_pool.ready.front()->spec.networks.size();
        EXPECT_EQ(guest.rehearsed_macs.size(), interfaces);
    }
    const auto second = start();
    EXPECT_EQ(hypervisor.guests.at(sandbox_of(second))->links, 1) << "its link is the one that was made then";
}

TEST_F(Pool, OneThatCannotRehearseDoesNotWait) {
    faults.failing = {"rehearse"};
    const auto id = start();
    run_until([&] { return node().vm_pool.rests_until != Clock::time_point{}; });
    EXPECT_TRUE(node().vm_pool.ready.empty());
    EXPECT_EQ(hypervisor.alive(), 1);
    stop(id);
    run_until([&] { return !container(id).sandbox; });
    expect_no_sandbox_left();
}

TEST_F(Pool, WaitsWithoutANetworkUntilItIsGivenOne) {
    network.names = {"redoubt"};
    ContainerSpec spec;
    spec.networks = {"redoubt"};
    start(spec);
    wait_for(2);
    EXPECT_EQ(network.namespaces.size(), 3U);
    EXPECT_EQ(network.attached.size(), 1U);
    const auto waited = waiting();
    const auto second = start(spec);
    EXPECT_TRUE(waited.contains(sandbox_of(second)));
    EXPECT_TRUE(network.attached.contains(sandbox_of(second)));
    EXPECT_EQ(hypervisor.guests.at(sandbox_of(second))->interfaces.size(), 1U);
}

TEST_F(Pool, AnInterfaceOfAnotherSizeIsNotTheirs) {
    network.names = {"redoubt"};
    ContainerSpec spec;
    spec.networks = {"redoubt"};
    start(spec);
    wait_for(2);
    network.mtu = 1280;
    const auto second = start(spec);
    // The one that waited has ended for another in its place; one more may have been launched to wait.
    const auto is_its = [&](const auto& plan) { return plan.id.str() == sandbox_of(second); };
    ASSERT_EQ(std::ranges::count_if(hypervisor.launched, is_its), 2);
    EXPECT_EQ(std::ranges::find_last_if(hypervisor.launched, is_its).front().networks.front().mtu, 1280U);
}

TEST_F(Pool, WhoWantsToBootOrIsOfAnotherSizeHasNoneOfIt) {
    start();
    wait_for(2);
    const auto waited = waiting();
    ContainerSpec boots;
    boots.annotations["io.redoubt.vm.start"] = "boot";
    EXPECT_FALSE(waited.contains(sandbox_of(start(boots))));
    boots.annotations["io.redoubt.vm.start"] = "clone";
    const auto fresh = start(boots);
    EXPECT_TRUE(container(fresh).sandbox->facts.info.is_clone);
    EXPECT_FALSE(waited.contains(sandbox_of(fresh))) << "a clone, and one of its own";
    ContainerSpec large;
    large.memory_bytes = 512ULL << 20U;
    EXPECT_FALSE(waited.contains(sandbox_of(start(large))));
    EXPECT_TRUE(std::ranges::includes(waiting(), waited));
}

TEST_F(Pool, IsBoundedByItsMemoryAndTheLastAskedForComesFirst) {
    ContainerSpec large;
    large.memory_bytes = 512ULL << 20U;
    start();
    wait_for(2);
    const auto small = node().vm_pool.ready.front()->spec.memory_bytes;
    node().vm_pool.memory_bytes = (1ULL << 30U) + small * 5 / 2;
    start(large);
    run_until([&] {
        return std::ranges::count_if(node().vm_pool.ready,
                                     [&](const auto& one) { return one->spec.memory_bytes > small; }) > 0;
    });
    std::uint64_t sum = 0;
    for (const auto& one : node().vm_pool.ready) sum += one->spec.memory_bytes;
    EXPECT_LE(sum, node().vm_pool.memory_bytes);
}

TEST_F(Pool, LetsGoOfWhatNobodyAsksFor) {
    const auto id = start();
    wait_for(2);
    node().vm_pool.keep = 0ms;
    node().vm_pool.changed.pulse();
    wait_for(0);
    EXPECT_EQ(hypervisor.alive(), 1);
    stop(id);
    run_until([&] { return !container(id).sandbox; });
    expect_no_sandbox_left();
}

TEST_F(Pool, LetsGoOfWhatBeganWithAnotherKernel) {
    start();
    wait_for(2);
    const auto old = waiting();
    hypervisor.kernel = 2;
    const auto second = start();
    EXPECT_FALSE(old.contains(sandbox_of(second)));
    run_until([&] {
        const auto now = waiting();
        return now.size() == 2 && std::ranges::none_of(now, [&](const auto& id) { return old.contains(id); });
    });
    EXPECT_EQ(hypervisor.alive(), 4);
}

TEST_F(Pool, IsEmptyOnADrainedNode) {
    start();
    wait_for(2);
    ASSERT_TRUE(run(drain_node(node(), {})));
    EXPECT_TRUE(node().vm_pool.ready.empty());
    expect_no_sandbox_left();
}

TEST_F(Pool, GoesWithTheDaemon) {
    const auto id = start();
    wait_for(2);
    stop_daemon();
    EXPECT_EQ(hypervisor.alive(), 1) << "the container's";
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    stop(id);
    run_until([&] { return !container(id).sandbox; });
    expect_no_sandbox_left();
}

TEST_F(Pool, WhatAKilledDaemonLeftIsReaped) {
    network.names = {"redoubt"};
    ContainerSpec spec;
    spec.networks = {"redoubt"};
    const auto id = start(spec);
    wait_for(2);
    node().vm_pool.ready.clear(); // nobody knows of them any more
    stop_daemon();
    EXPECT_EQ(hypervisor.alive(), 3);
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    EXPECT_EQ(hypervisor.alive(), 1);
    EXPECT_EQ(network.namespaces.size(), 1U);
    stop(id);
    run_until([&] { return !container(id).sandbox; });
    expect_no_sandbox_left();
}

TEST_F(Pool, AVmThatEndsWhileItWaitsIsNobodysTrouble) {
    start();
    wait_for(2);
    hypervisor.guests.at(*waiting().begin())->die("killed");
    wait_for(1);
    start();
    EXPECT_EQ(hypervisor.alive(), 2);
}

TEST_F(Pool, AStartThatFailsLeavesNothingOfItsVm) {
    network.names = {"redoubt"};
    ContainerSpec spec;
    spec.networks = {"redoubt"};
    const auto first = start(spec);
    wait_for(2);
    for (const std::string step :
         {"attach", "make_tap", "attach_disk", "renew", "create_sandbox", "create_container"}) {
        wait_for(2);
        const auto waited = waiting();
        faults.failing = {step};
        const auto id = create(spec);
        const auto started = run(start_container(node(), id.str()));
        EXPECT_NE(waiting(), waited) << step << ": one was taken";
        faults.failing.clear();
        if (started) stop(id); // another was launched for it
        run_until([&] { return !container(id).sandbox; });
        node().vm_pool.rests_until = {}; // who was begun meanwhile failed as well
        node().vm_pool.changed.pulse();
        wait_for(2);
        EXPECT_EQ(hypervisor.alive(), 3) << step;
        EXPECT_EQ(network.namespaces.size(), 3U) << step;
    }
    stop(first);
}

} // namespace
} // namespace redoubt::node::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/container_usage.hpp"

#include <gtest/gtest.h>

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::NodeTest;

class ContainerUsageTest : public NodeTest {
  protected:
    ContainerId start_one(const std::string& name) {
        ContainerSpec spec;
        spec.name = name;
        auto id = create(spec);
        EXPECT_TRUE(run(start_container(node(), id.str())));
        return id;
    }
};

TEST_F(ContainerUsageTest, MeasuresThoseThatRun) {
    start_one("web");
    create();
    hypervisor.only_guest().stats = {
        .memory_usage_bytes = 5, .cpu_usage_ns = 7, .pids = 2, .block_read_bytes = 9};
    const auto all = run(container_stats(node(), {}));
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_EQ(all->size(), 1U);
    EXPECT_EQ(all->front().name, "web");
    EXPECT_EQ(all->front().memory_bytes, 5U);
    EXPECT_EQ(all->front().memory_limit_bytes, container(all->front().id).sandbox->facts.info.memory_bytes)
        << "without a limit the VM is one";
    EXPECT_EQ(all->front().block_read_bytes, 9U);
}

TEST_F(ContainerUsageTest, OneThatIsNamedMustRun) {
    const auto id = create();
    EXPECT_EQ(run(container_stats(node(), {id.str()})).error().code, Code::failed_precondition);
    EXPECT_EQ(run(container_stats(node(), {"nobody"})).error().code, Code::not_found);
}

TEST_F(ContainerUsageTest, AGuestThatDoesNotAnswerHidesNobody) {
    start_one("web");
    faults.failing = {"stats"};
    EXPECT_TRUE(run(container_stats(node(), {})).value().empty());
    EXPECT_FALSE(run(container_stats(node(), {"web"})));
}

TEST_F(ContainerUsageTest, LooksIntoWhatRuns) {
    const auto id = start_one("web");
    EXPECT_EQ(run(container_processes(node(), "web")).value().front().user, "root");
    EXPECT_EQ(run(container_changes(node(), "web", "")).value().front().path, "/new");
    EXPECT_EQ(run(stat_in_container(node(), "web", "etc")).value().path, "/etc");
    const auto source = run(copy_from_container(node(), "web", "etc", "x")).value();
    EXPECT_TRUE(run(source->read()).value().empty());
    const auto target = run(copy_to_container(node(), "web", {.folder = "/tmp"})).value();
    EXPECT_TRUE(run(target->write("bytes")));
    EXPECT_EQ(run(target->finish()), 1U);
    EXPECT_EQ(hypervisor.only_guest().archives, (std::vector<std::string>{"/etc as x", "into /tmp"}));
    EXPECT_EQ(hypervisor.only_guest().open_transfers, 0);
    ASSERT_TRUE(run(stop_container(node(), id.str(), std::chrono::seconds(0))));
    EXPECT_EQ(run(container_processes(node(), "web")).error().code, Code::failed_precondition);
    EXPECT_EQ(run(copy_from_container(node(), "web", "/etc", "")).error().code, Code::failed_precondition);
}

TEST_F(ContainerUsageTest, PrunesImagesThatNobodyUses) {
    const auto id = create();
    EXPECT_TRUE(run(prune_images(node(), PruneScope::unused)).value().images.empty());
    ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::only_stopped)));
    EXPECT_TRUE(run(prune_images(node(), PruneScope::nameless)).value().images.empty()) << "it has a name";
    const auto used = run(disk_usage(node())).value();
    const auto pruned = run(prune_images(node(), PruneScope::unused)).value();
    ASSERT_EQ(pruned.images.size(), 1U);
    EXPECT_EQ(pruned.images.front().names, std::vector<std::string>{"localhost/test:latest"});
    EXPECT_EQ(pruned.reclaimed_bytes, used.image_bytes);
    EXPECT_TRUE(run(list_images(node())).value().empty());
}

TEST_F(ContainerUsageTest, TellsWhatTakesTheDisk) {
    const auto id = create();
    const auto usage = run(disk_usage(node())).value();
    ASSERT_EQ(usage.images.size(), 1U);
    EXPECT_EQ(usage.images.front().containers, 1U);
    EXPECT_GT(usage.images.front().size_bytes, 0U);
    EXPECT_EQ(usage.image_bytes, usage.images.front().size_bytes);
    EXPECT_EQ(usage.reclaimable_image_bytes, 0U);
    ASSERT_EQ(usage.containers.size(), 1U);
    EXPECT_EQ(usage.containers.front().id, id);
    ASSERT_TRUE(run(remove_container(node(), id.str(), RemoveMode::only_stopped)));
    EXPECT_GT(run(disk_usage(node())).value().reclaimable_image_bytes, 0U);
}

} // namespace
} // namespace redoubt::node::sandbox

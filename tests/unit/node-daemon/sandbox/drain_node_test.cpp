// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/drain_node.hpp"

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;

class DrainNode : public testing_support::NodeTest {
  protected:
    /// Running, with a process that ends when it is asked to.
    ContainerId start() {
        const auto id = create();
        EXPECT_TRUE(run(start_container(node(), id.str())));
        return id;
    }
};

TEST_F(DrainNode, StopsWhatRunsAndRefusesToStartMore) {
    const auto first = start();
    const auto second = start();
    std::vector<std::size_t> stopped;
    DrainOptions options{.timeout = 0s};
    options.progress = [&](const DrainProgress& progress) {
        EXPECT_EQ(progress.total, 2U);
        stopped.push_back(progress.stopped);
    };
    ASSERT_TRUE(run(drain_node(node(), options)));
    EXPECT_EQ(stopped, (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_TRUE(is_drained(node()));
    EXPECT_EQ(container(first).state, ContainerState::exited);
    const auto refused = run(start_container(node(), second.str()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), (Error{Code::failed_precondition,
                                      "the node is drained: 'redoubtctl node resume' lets containers start "
                                      "again"}));
    expect_no_sandbox_left();
}

TEST_F(DrainNode, StaysDrainedAcrossARestartUntilItIsResumed) {
    const auto id = create();
    ASSERT_TRUE(run(drain_node(node(), {})));
    stop_daemon();
    start_daemon();
    ASSERT_TRUE(run(recover_after_restart(node())));
    EXPECT_FALSE(run(start_container(node(), id.str())));
    ASSERT_TRUE(run(resume_node(node())));
    EXPECT_TRUE(run(start_container(node(), id.str())));
    EXPECT_TRUE(run(resume_node(node()))) << "it need not be drained";
}

TEST_F(DrainNode, GivesTheRestUpWhenCancelledAndTakesContainersAgain) {
    const auto id = start();
    DrainOptions options;
    options.is_cancelled = [] { return true; };
    const auto drained = run(drain_node(node(), options));
    ASSERT_FALSE(drained);
    EXPECT_EQ(drained.error(), (Error{Code::cancelled, "drain: cancelled with 1 containers running"}));
    EXPECT_FALSE(is_drained(node()));
    EXPECT_EQ(container(id).state, ContainerState::running);
}

} // namespace
} // namespace redoubt::node::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/node_connection.hpp"

#include <gtest/gtest.h>

#include "gui/backend/node_actions.hpp"
#include "gui/backend/node_watch.hpp"
#include "tests/support/fake_node.hpp"

namespace redoubt::gui {
namespace {

using test::eventually;
using test::FakeNode;
namespace pb = redoubt::test::pb;

Profile profile_of(const FakeNode& node) {
    return {.name = "fake", .address = node.address(), .certificate = {}, .key = {}, .node_fingerprint = {}};
}

TEST(NodeConnection, WaitsForANodeThatIsNotThereYet) {
    FakeNode node(test::socket_path("late"));
    NodeConnection connection;
    connection.open(profile_of(node));
    ASSERT_TRUE(eventually([&] { return !connection.problem().isEmpty(); }));
    EXPECT_EQ(connection.state(), LinkState::connecting);
    node.start();
    EXPECT_TRUE(eventually([&] { return connection.state() == LinkState::online; }));
    EXPECT_EQ(connection.facts().hostname, "fake");
}

TEST(NodeConnection, IsStaleWhileTheNodeIsAwayAndComesBackByItself) {
    FakeNode node(test::socket_path("away"));
    node.start();
    NodeConnection connection;
    NodeWatch watch(connection);
    connection.open(profile_of(node));
    ASSERT_TRUE(eventually([&] { return connection.state() == LinkState::online; }));
    node.stop();
    ASSERT_TRUE(eventually([&] { return connection.state() == LinkState::stale; }));
    EXPECT_FALSE(connection.problem().isEmpty());
    EXPECT_EQ(connection.facts().hostname, "fake") << "what was known stays";
    const auto first = connection.pause();
    ASSERT_TRUE(eventually([&] { return connection.pause() > first; })) << "the pauses grow";
    node.start();
    EXPECT_TRUE(eventually([&] { return connection.state() == LinkState::online; }));
}

TEST(NodeConnection, SaysWhyAProfileCannotBeUsed) {
    NodeConnection connection;
    connection.open({.name = "there",
                     .address = "node.example:7443",
                     .certificate = "c",
                     .key = "k",
                     .node_fingerprint = std::string(64, 'a')});
    EXPECT_EQ(connection.state(), LinkState::closed);
    EXPECT_TRUE(connection.problem().contains(QStringLiteral("not implemented")));
}

TEST(NodeWatch, ReadsWhatThereIsAndGoesOnAfterTheLastEvent) {
    FakeNode node(test::socket_path("watch"));
    auto& container = *node.containers.add_containers();
    container.set_id("c1");
    container.set_name("web");
    container.set_state(pb::RUNNING);
    node.start();
    NodeConnection connection;
    NodeWatch watch(connection);
    std::vector<Workload> seen;
    std::vector<std::int64_t> times;
    QObject::connect(&watch, &NodeWatch::workloads_read,
                     [&](const std::vector<Workload>& workloads) { seen = workloads; });
    QObject::connect(&watch, &NodeWatch::event_seen,
                     [&](const NodeEvent& event) { times.push_back(event.time); });
    connection.open(profile_of(node));
    ASSERT_TRUE(eventually([&] { return !seen.empty() && times.size() == 1; }));
    EXPECT_EQ(seen[0].name, "web");
    node.stop();
    ASSERT_TRUE(eventually([&] { return connection.state() == LinkState::stale; }));
    node.start();
    ASSERT_TRUE(eventually([&] { return times.size() == 2; }));
    EXPECT_EQ(times[1], times[0] + 2) << "it asked for what is after the last one";
}

TEST(NodeActions, AreJobsThatSayHowTheyEnded) {
    FakeNode node(test::socket_path("actions"));
    node.start();
    NodeConnection connection;
    JobList jobs;
    NodeActions actions(connection, jobs);
    Workload workload;
    workload.id = "c1";
    workload.name = "web";
    actions.stop(workload);
    EXPECT_EQ(jobs.jobs()[0].state, JobState::failed) << "no node is connected";
    connection.open(profile_of(node));
    actions.stop(workload);
    actions.start(workload);
    ASSERT_TRUE(eventually([&] { return jobs.running() == 0; }));
    EXPECT_EQ(jobs.jobs()[1].state, JobState::done);
    EXPECT_EQ(jobs.jobs()[0].state, JobState::failed);
    EXPECT_EQ(jobs.jobs()[0].detail, "the node is drained");
}

TEST(NodeConnection, CanGoWhileCallsRun) {
    FakeNode node(test::socket_path("going"));
    node.start();
    for (int at = 0; at < 5; ++at) {
        NodeConnection connection;
        NodeWatch watch(connection);
        connection.open(profile_of(node));
        eventually([&] { return connection.state() == LinkState::online; });
    }
}

} // namespace
} // namespace redoubt::gui

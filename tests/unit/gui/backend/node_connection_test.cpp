// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/node_connection.hpp"

#include <gtest/gtest.h>

#include "common/base/file.hpp"
#include "gui/backend/node_actions.hpp"
#include "gui/backend/node_watch.hpp"
#include "tests/support/fake_node.hpp"
#include "tests/support/identities.hpp"

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
                     .key = "",
                     .node_fingerprint = std::string(64, 'a')});
    EXPECT_EQ(connection.state(), LinkState::closed);
    EXPECT_FALSE(connection.problem().isEmpty());
}

/// A node that is reached by TLS, and the files of a client.
class NodeElsewhere : public testing::Test {
  protected:
    NodeElsewhere() {
        EXPECT_TRUE(write_file(folder_ / "client.crt", client_.certificate));
        EXPECT_TRUE(write_file(folder_ / "client.key", client_.key));
    }
    ~NodeElsewhere() override { std::filesystem::remove_all(folder_); }

    Profile profile(const std::string& address, const crypto::Digest& fingerprint) const {
        return {.name = "there",
                .address = address,
                .certificate = folder_ / "client.crt",
                .key = folder_ / "client.key",
                .node_fingerprint = fingerprint.hex()};
    }

    test::Identity node_ = test::make_identity("node");
    test::Identity client_ = test::make_identity("client");
    FakeNode fake_{test::socket_path("elsewhere")};
    std::filesystem::path folder_ = [] {
        std::string name = "/tmp/redoubt-gui-XXXXXX";
        return std::filesystem::path(::mkdtemp(name.data()));
    }();
};

TEST_F(NodeElsewhere, IsReachedWhenItHasItsFingerprint) {
    const auto address = fake_.start_elsewhere(node_.certificate, node_.key);
    NodeConnection connection;
    connection.open(profile(address, node_.fingerprint));
    EXPECT_EQ(connection.state(), LinkState::connecting);
    ASSERT_TRUE(eventually([&] { return connection.state() == LinkState::online; }))
        << connection.problem().toStdString();
    EXPECT_EQ(connection.facts().hostname, "fake");
}

TEST_F(NodeElsewhere, IsNotSpokenToWhenItIsAnother) {
    const auto address = fake_.start_elsewhere(node_.certificate, node_.key);
    NodeConnection connection;
    connection.open(profile(address, client_.fingerprint));
    ASSERT_TRUE(eventually([&] { return connection.state() == LinkState::closed; }));
    EXPECT_TRUE(connection.problem().contains(QStringLiteral("it is another node")))
        << connection.problem().toStdString();
}

TEST_F(NodeElsewhere, IsTriedAgainWhileItDoesNotAnswer) {
    const auto address = fake_.start_elsewhere(node_.certificate, node_.key);
    fake_.stop();
    NodeConnection connection;
    connection.open(profile(address, node_.fingerprint));
    ASSERT_TRUE(eventually([&] { return connection.pause().count() > 500; }));
    EXPECT_EQ(connection.state(), LinkState::connecting);
    EXPECT_FALSE(connection.problem().isEmpty());
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

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "gui/backend/log_stream.hpp"
#include "gui/backend/terminal_stream.hpp"
#include "tests/support/fake_node.hpp"

namespace redoubt::gui {
namespace {

using test::eventually;
using test::FakeNode;
namespace pb = redoubt::test::pb;

class Streams : public testing::Test {
  protected:
    void SetUp() override {
        for (int at = 0; at < 30'000; ++at) {
            pb::LogsResponse line;
            line.set_time(at);
            line.set_stream(at % 2 == 0 ? pb::STDOUT : pb::STDERR);
            line.set_line("line " + std::to_string(at));
            node.log.push_back(line);
        }
        node.start();
        connection.open({.name = "fake",
                         .address = node.address(),
                         .certificate = {},
                         .key = {},
                         .node_fingerprint = {}});
        ASSERT_TRUE(eventually([&] { return connection.state() == LinkState::online; }));
    }

    FakeNode node{test::socket_path("streams")};
    NodeConnection connection;
};

TEST_F(Streams, ALogComesWholeAndInOrder) {
    std::vector<LogLine> lines;
    LogStream stream(connection, "c1", {});
    QObject::connect(&stream, &LogStream::lines_read, [&](const std::vector<LogLine>& read) {
        lines.insert(lines.end(), read.begin(), read.end());
    });
    ASSERT_TRUE(eventually([&] { return lines.size() == 30'000; }));
    for (std::size_t at = 0; at < lines.size(); ++at) ASSERT_EQ(lines[at].text, "line " + std::to_string(at));
    EXPECT_TRUE(lines[1].is_error);
}

TEST_F(Streams, ALogCanBeLeftWhileItComes) {
    auto stream = std::make_unique<LogStream>(connection, "c1", LogOptions{});
    bool has_come = false;
    QObject::connect(stream.get(), &LogStream::lines_read, [&] { has_come = true; });
    ASSERT_TRUE(eventually([&] { return has_come; }));
    stream.reset();
}

TEST_F(Streams, ATerminalAnswersKeysAndSizesAndEnds) {
    QByteArray output;
    QString how;
    TerminalStream stream(connection, "c1", {"/bin/sh"}, 24, 80);
    QObject::connect(&stream, &TerminalStream::output, [&](const QByteArray& bytes) { output += bytes; });
    QObject::connect(&stream, &TerminalStream::ended, [&](const QString& end) { how = end; });
    stream.write("echo a\r");
    ASSERT_TRUE(eventually([&] { return output == "echo a\r"; }));
    stream.resize(10, 20);
    ASSERT_TRUE(eventually([&] { return output == "echo a\r10x20"; }));
    stream.write("exit\r");
    ASSERT_TRUE(eventually([&] { return !how.isEmpty(); }));
    EXPECT_EQ(how, QStringLiteral("exit code 3"));
}

TEST_F(Streams, ATerminalOutlivesTheNodesConnection) {
    auto stream =
        std::make_unique<TerminalStream>(connection, "c1", std::vector<std::string>{"/bin/sh"}, 24U, 80U);
    QString how;
    QObject::connect(stream.get(), &TerminalStream::ended, [&](const QString& end) { how = end; });
    connection.close();
    EXPECT_TRUE(eventually([&] { return !how.isEmpty(); }));
}

} // namespace
} // namespace redoubt::gui

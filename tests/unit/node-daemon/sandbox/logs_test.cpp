// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::NodeTest;
using namespace std::chrono_literals;

class Logs : public NodeTest {
  protected:
    void SetUp() override {
        NodeTest::SetUp();
        id = create();
        ASSERT_TRUE(run(start_container(node(), id.str())));
    }
    static Task<std::vector<std::string>> collect(LogReader& reader) {
        std::vector<std::string> lines;
        for (;;) {
            RDT_CO_TRY(auto line, co_await reader.next());
            if (!line) co_return lines;
            lines.push_back(line->text + (line->is_partial ? "+" : ""));
        }
    }
    std::vector<std::string> read(LogOptions options) {
        const auto reader = run(open_logs(node(), id.str(), options)).value();
        return run(collect(*reader)).value();
    }
    void append(std::string text) {
        ASSERT_TRUE(run(container(id).log.append(OutputStream::standard_output, std::move(text))));
    }

    ContainerId id;
};

TEST_F(Logs, AContainerThatWroteNothingHasAnEmptyLog) {
    EXPECT_TRUE(read({}).empty());
}

TEST_F(Logs, ReadsFromTheBeginning) {
    append("one\ntwo\nthr");
    append("ee\n");
    EXPECT_EQ(read({}), (std::vector<std::string>{"one", "two", "thr+", "ee"}));
}

TEST_F(Logs, TailCountsLinesNotPieces) {
    append("one\ntwo\nthr");
    append("ee\nfo");
    EXPECT_EQ(read({.tail = 2}), (std::vector<std::string>{"thr+", "ee", "fo+"}));
    EXPECT_EQ(read({.tail = 1}), (std::vector<std::string>{"fo+"}));
    EXPECT_EQ(read({.tail = 100}), (std::vector<std::string>{"one", "two", "thr+", "ee", "fo+"}));
    EXPECT_TRUE(read({.tail = 0}).empty());
}

TEST_F(Logs, SinceSkipsWhatIsOlder) {
    append("old\n");
    const auto since = unix_now();
    append("new\n");
    EXPECT_EQ(read({.since = since}), (std::vector<std::string>{"new"}));
}

TEST_F(Logs, FollowsUntilTheContainerEnds) {
    append("before\n");
    const auto reader = run(open_logs(node(), id.str(), {.follow = true})).value();
    EXPECT_EQ(run(reader->next()).value()->text, "before");
    auto& guest = hypervisor.only_guest();
    guest.print("during\n");
    EXPECT_EQ(run(reader->next()).value()->text, "during");
    guest.print("last\n");
    guest.exit_init(0);
    EXPECT_EQ(run(collect(*reader)).value(), (std::vector<std::string>{"last"}));
}

TEST_F(Logs, ClosingEndsAFollower) {
    const auto reader = run(open_logs(node(), id.str(), {.follow = true})).value();
    auto closer = [](LogReader& open) -> asio::awaitable<void> {
        co_await sleep_for(1ms);
        open.close();
    };
    node().tasks.spawn(closer(*reader));
    EXPECT_FALSE(run(reader->next()).value().has_value());
}

TEST_F(Logs, RotationKeepsOneOlderFileAndReadersGoOn) {
    node().settings.log_max_bytes = 1000;
    id = create();
    const auto reader = run(open_logs(node(), id.str(), {.follow = true})).value();
    std::vector<std::string> written;
    for (int i = 0; i < 80; ++i) {
        append(std::format("line {}\n", i));
        written.push_back(std::format("line {}", i));
    }
    EXPECT_GT(container(id).log.rotations(), 1U);
    EXPECT_LE(std::filesystem::file_size(container(id).log.file()), 1000U);
    EXPECT_LE(std::filesystem::file_size(container(id).log.rotated_file()), 1000U);
    const auto kept = read({});
    EXPECT_EQ(kept.back(), "line 79");
    EXPECT_GT(kept.size(), 20U) << "both files are read";
    EXPECT_EQ(kept, std::vector<std::string>(written.end() - static_cast<std::ptrdiff_t>(kept.size()),
                                             written.end()));
}

TEST_F(Logs, ATornEntryIsPassedOver) {
    append("good\n");
    const auto text = read_file(container(id).log.file()).value();
    ASSERT_TRUE(write_file(container(id).log.file(), text + "2016-10-06T00:1\n" + text));
    EXPECT_EQ(read({}), (std::vector<std::string>{"good", "good"}));
}

} // namespace
} // namespace redoubt::node::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/container_log.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::NodeTest;

constexpr auto k_out = OutputStream::standard_output;
constexpr auto k_err = OutputStream::standard_error;

class ContainerLogTest : public NodeTest {
  protected:
    /// The log as a daemon opens it that has just started.
    ContainerLog reopened() { return {node().executor, node().pool, file(), 1000}; }
    std::filesystem::path file() { return node().container_directory(ContainerId("c")) / "container.log"; }
    void SetUp() override {
        NodeTest::SetUp();
        std::filesystem::create_directories(file().parent_path());
    }
    void append(ContainerLog& log, OutputStream stream, const std::string& text) {
        ASSERT_TRUE(run(log.append(stream, text)));
        written_[stream == k_err] += text.size();
    }
    void expect_lengths(ContainerLog& log) {
        EXPECT_EQ(run(log.length_of(k_out)), written_[0]);
        EXPECT_EQ(run(log.length_of(k_err)), written_[1]);
    }

    std::array<std::uint64_t, 2> written_{};
};

TEST_F(ContainerLogTest, AnotherDaemonKnowsHowFarTheStreamsHaveCome) {
    auto log = reopened();
    append(log, k_out, "one\ntwo, without its end");
    append(log, k_err, "a complaint\n");
    append(log, k_out, "; and its end\n\n");
    expect_lengths(log);
    auto later = reopened();
    expect_lengths(later);
}

TEST_F(ContainerLogTest, ALogThatIsNotThereHasNoLength) {
    auto log = reopened();
    expect_lengths(log);
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(ContainerLogTest, RotationForgetsEntriesButNotLengths) {
    auto log = reopened();
    for (int i = 0; i < 100; ++i) append(log, i % 3 == 0 ? k_err : k_out, std::format("line {}\n", i));
    EXPECT_GT(log.rotations(), 2U);
    auto later = reopened();
    expect_lengths(later);
    for (int i = 0; i < 100; ++i) append(later, k_out, std::format("line {}\n", i));
    auto last = reopened();
    expect_lengths(last);
}

TEST_F(ContainerLogTest, ARotationThatACrashStoppedIsFinished) {
    auto log = reopened();
    while (log.rotations() < 2) append(log, k_out, "some line of output\n");
    std::filesystem::rename(file(), log.next_file()); // as between the two renames
    auto later = reopened();
    expect_lengths(later);
    EXPECT_TRUE(std::filesystem::exists(file()));
}

TEST_F(ContainerLogTest, ATornEntryIsCutOff) {
    auto log = reopened();
    append(log, k_out, "whole\n");
    std::ofstream(file(), std::ios::app) << "2026-01-01T00:00:00.000000000Z stdout F tor";
    auto later = reopened();
    expect_lengths(later);
    append(later, k_out, "next\n");
    auto last = reopened();
    expect_lengths(last);
}

TEST_F(ContainerLogTest, SaysWhenTheStartOfTheLogIsUnknown) {
    auto log = reopened();
    append(log, k_out, "whole\n");
    std::ofstream(file().native() + ".start") << "0 1 2\n";
    auto later = reopened();
    EXPECT_EQ(run(later.length_of(k_out)).error().code, Code::data_loss);
}

} // namespace
} // namespace redoubt::node::sandbox

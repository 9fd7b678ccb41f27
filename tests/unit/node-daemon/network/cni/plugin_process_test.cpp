// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/plugin_process.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include "common/base/file.hpp"

namespace redoubt::node::network::cni {
namespace {

using namespace std::chrono_literals;

class PluginProcess : public testing::Test {
  protected:
    void SetUp() override {
        program_ =
            std::filesystem::path(testing::TempDir()) /
            (std::string("redoubt-plugin-") + testing::UnitTest::GetInstance()->current_test_info()->name());
    }
    void TearDown() override { std::filesystem::remove(program_); }

    Result<PluginOutput> run(const std::string& script, Duration limit = 30s) {
        EXPECT_TRUE(write_file(program_, "#!/bin/sh\n" + script, 0755));
        return run_plugin({.program = program_,
                           .environment = {"A=1", "PATH=/usr/bin:/bin"},
                           .input = "in",
                           .limit = limit});
    }

    std::filesystem::path program_;
};

TEST_F(PluginProcess, GetsItsInputAndOnlyItsEnvironment) {
    const auto output = run("cat; echo; echo $A; echo ${HOME-none}; echo words >&2; exit 3");
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_EQ(output->exit_code, 3);
    EXPECT_EQ(output->output, "in\n1\nnone\n");
    EXPECT_EQ(output->errors, "words\n");
}

TEST_F(PluginProcess, ThatHangsIsKilledWithItsChildren) {
    const auto note = program_.native() + ".pid";
    const auto output = run("sleep 1000 & echo $! >" + note + "; sleep 1000", 2s);
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, Code::deadline_exceeded);
    const auto pid = std::stoi(read_file(note).value());
    const auto has_ended = [pid] {
        const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
        return !stat || stat->contains(") Z ");
    };
    const auto deadline = Clock::now() + 30s;
    while (!has_ended() && Clock::now() < deadline) ::poll(nullptr, 0, 10);
    EXPECT_TRUE(has_ended()) << "its child lived on";
    std::filesystem::remove(note);
}

TEST_F(PluginProcess, ThatPrintsWithoutEndIsKilled) {
    const auto output = run("exec cat /dev/zero");
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, Code::resource_exhausted);
}

TEST_F(PluginProcess, KeepsTheEndOfALongLog) {
    const auto output = run("i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done");
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_LE(output->errors.size(), 4096U);
    EXPECT_TRUE(output->errors.ends_with("line 1999\n"));
}

TEST_F(PluginProcess, ThatIsNotThereIsNamed) {
    const auto output = run_plugin({.program = "/nonexistent/plugin", .environment = {}, .input = {}});
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, Code::not_found);
    EXPECT_NE(output.error().message.find("/nonexistent/plugin"), std::string::npos);
}

} // namespace
} // namespace redoubt::node::network::cni

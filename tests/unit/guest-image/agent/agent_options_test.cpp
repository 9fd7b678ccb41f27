// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/agent_options.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace redoubt::guest {
namespace {

TEST(AgentOptions, TakesItsOwnWordsFromTheKernelCommandLine) {
    AgentOptions options;
    ASSERT_TRUE(
        apply_kernel_command_line(options, "quiet agent.log=debug console=hvc0 agent.hotplug_timeout=42\n"));
    EXPECT_EQ(options.log_level, "debug");
    EXPECT_EQ(options.hotplug_timeout, std::chrono::seconds(42));
    EXPECT_TRUE(options.server_address.empty());
}

TEST(AgentOptions, RefusesAHotplugTimeoutThatIsNone) {
    for (const std::string_view text : {"0", "-1", "3s", "", "99999999999"}) {
        AgentOptions options;
        EXPECT_FALSE(apply_kernel_command_line(options, "agent.hotplug_timeout=" + std::string(text)))
            << text;
    }
}

TEST(AgentOptions, TakesKatasNamesOfLevels) {
    for (const auto& [kata, ours] :
         {std::pair{"trace", "debug"}, {"warn", "warning"}, {"critical", "error"}}) {
        AgentOptions options;
        ASSERT_TRUE(apply_kernel_command_line(options, std::string("agent.log=") + kata));
        EXPECT_EQ(options.log_level, ours);
    }
}

TEST(AgentOptions, TakesAPipeSizeThatAPipeCanHave) {
    AgentOptions options;
    ASSERT_TRUE(apply_kernel_command_line(options, "agent.container_pipe_size=0"));
    EXPECT_EQ(options.pipe_bytes, 0);
    ASSERT_TRUE(apply_kernel_command_line(options, "agent.container_pipe_size=1048576"));
    EXPECT_EQ(options.pipe_bytes, 1 << 20);
    for (const std::string_view bad : {"4095", "1048577", "-1", "x", ""})
        EXPECT_EQ(
            apply_kernel_command_line(options, "agent.container_pipe_size=" + std::string(bad)).error().code,
            Code::invalid_argument)
            << bad;
}

TEST(AgentOptions, IsStrictByAWordOfTheMeasuredCommandLineAndNoLaterWordTakesItBack) {
    AgentOptions options;
    ASSERT_TRUE(apply_kernel_command_line(options, "quiet xredoubt.confidential=1 redoubt.confidential2=1"));
    EXPECT_FALSE(options.is_confidential);
    ASSERT_TRUE(apply_kernel_command_line(options, "redoubt.confidential=1 quiet"));
    EXPECT_TRUE(options.is_confidential);
    EXPECT_FALSE(options.has_simulator);
    EXPECT_FALSE(apply_kernel_command_line(options, "redoubt.confidential=0"));
    EXPECT_TRUE(options.is_confidential);
    ASSERT_TRUE(apply_kernel_command_line(options, "redoubt.simtee=1"));
    EXPECT_TRUE(options.has_simulator);
}

TEST(AgentOptions, RefusesMarksWithAnotherValue) {
    for (const std::string_view word :
         {"redoubt.confidential", "redoubt.confidential=", "redoubt.confidential=yes", "redoubt.simtee=0"}) {
        AgentOptions options;
        EXPECT_FALSE(apply_kernel_command_line(options, word)) << word;
    }
}

TEST(AgentOptions, NamesWhatItIgnoresOfKatasOptions) {
    AgentOptions options;
    ASSERT_TRUE(apply_kernel_command_line(
        options, "agent.debug_console agent.debug_console_vport=1026 systemd.unit=x agent.log=info quiet"));
    EXPECT_EQ(options.ignored,
              (std::vector<std::string>{"agent.debug_console", "agent.debug_console_vport"}));
}

TEST(AgentOptions, ACommandLineFullOfThemIsNoBurden) {
    AgentOptions options;
    std::string line;
    for (int i = 0; i < 1000; ++i) line += "agent.x" + std::to_string(i) + " ";
    ASSERT_TRUE(apply_kernel_command_line(options, line));
    EXPECT_EQ(options.ignored.size(), 32U);
}

TEST(AgentOptions, TakesArguments) {
    AgentOptions options;
    const std::array arguments = {"--server-addr", "unix:///tmp/a", "--run-dir", "/tmp/b",
                                  "--without-cgroups"};
    ASSERT_TRUE(apply_arguments(options, arguments));
    EXPECT_EQ(options.server_address, "unix:///tmp/a");
    EXPECT_EQ(options.base, "/tmp/b");
    EXPECT_FALSE(options.has_cgroups);
}

TEST(AgentOptions, NamesTheArgumentItDoesNotKnow) {
    AgentOptions options;
    EXPECT_EQ(apply_arguments(options, std::array{"--server"}).error().message,
              "unknown argument '--server'");
    EXPECT_EQ(apply_arguments(options, std::array{"--run-dir"}).error().message, "--run-dir needs a value");
}

} // namespace
} // namespace redoubt::guest

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/monitor/monitor_options.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace redoubt::node::runtime {
namespace {

std::string error_of(const std::vector<const char*>& arguments) {
    const auto parsed = parse_monitor_options(arguments);
    return parsed ? "" : parsed.error().message;
}

TEST(MonitorOptions, AreTakenAsTheDaemonGivesThem) {
    const std::vector<const char*> arguments{"ab12",           "--level",        "gvisor",
                                             "--program",      "/usr/bin/runsc", "--folder",
                                             "/run/r/vm/ab12", "--platform",     "systrap"};
    const auto settings = parse_monitor_options(arguments);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->name, "ab12");
    EXPECT_EQ(settings->level, launch::IsolationLevel::gvisor);
    EXPECT_EQ(settings->program, "/usr/bin/runsc");
    EXPECT_EQ(settings->folder, "/run/r/vm/ab12");
    EXPECT_EQ(settings->platform, "systrap");
}

TEST(MonitorOptions, WhatIsWrongIsNamed) {
    EXPECT_EQ(error_of({}), "no sandbox is named");
    EXPECT_EQ(error_of({"a", "--level"}), "option --level has no value");
    EXPECT_EQ(error_of({"a", "--colour", "red"}), "unknown option '--colour'");
    EXPECT_EQ(error_of({"a", "--level", "vm", "--program", "/x", "--folder", "/y"}),
              "level 'vm' needs no monitor");
    EXPECT_EQ(error_of({"a", "--level", "runc", "--program", "x"}), "--program 'x' is not an absolute path");
}

} // namespace
} // namespace redoubt::node::runtime

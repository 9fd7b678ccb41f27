// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/signal_name.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace redoubt::node::sandbox {
namespace {

TEST(SignalName, UnderstandsAllSpellings) {
    for (const auto* text : {"KILL", "SIGKILL", "kill", "sigkill", "9"})
        EXPECT_EQ(parse_signal(text), SIGKILL) << text;
    EXPECT_EQ(parse_signal("TERM"), SIGTERM);
    EXPECT_EQ(parse_signal("WINCH"), SIGWINCH);
    EXPECT_EQ(parse_signal("SYS"), SIGSYS);
    EXPECT_EQ(parse_signal("RTMIN"), 34);
    EXPECT_EQ(parse_signal("SIGRTMIN+3"), 37);
    EXPECT_EQ(parse_signal("RTMAX-1"), 63);
    EXPECT_EQ(parse_signal("64"), 64);
}

TEST(SignalName, RefusesWhatIsNone) {
    for (const auto* text : {"", "SIG", "0", "65", "-1", "NOPE", "9x", "RTMIN+99", "RTMIN+"})
        EXPECT_FALSE(parse_signal(text)) << text;
}

} // namespace
} // namespace redoubt::node::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/isolation_level.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::launch {
namespace {

using enum IsolationLevel;

TEST(IsolationLevel, HasOneSpellingEach) {
    for (const auto level : {runc, gvisor, vm, confidential})
        EXPECT_EQ(parse_isolation_level(name_of(level)).value(), level);
    EXPECT_EQ(parse_isolation_level("").value(), vm);
    EXPECT_EQ(parse_isolation_level("docker").error().code, Code::invalid_argument);
    EXPECT_FALSE(parse_isolation_level("VM"));
}

TEST(IsolationLevel, NothingBelowTheMinimumIsAllowed) {
    for (const auto minimum : {runc, gvisor, vm, confidential})
        for (const auto wanted : {runc, gvisor, vm}) {
            const auto checked = check_level(wanted, minimum, {});
            EXPECT_EQ(checked.has_value(), wanted >= minimum);
            if (!checked) {
                EXPECT_EQ(checked.error().code, Code::permission_denied);
            }
        }
}

TEST(IsolationLevel, ConfidentialIsAboveVmAndNeedsItsMeans) {
    const ConfidentialMeans simulated{.simulator = "/run/redoubt-simtee/simtee.sock"};
    EXPECT_TRUE(check_level(confidential, confidential, simulated));
    EXPECT_EQ(check_level(vm, confidential, simulated).error().code, Code::permission_denied);
    const auto bare = check_level(confidential, gvisor, {});
    EXPECT_EQ(bare.error().code, Code::failed_precondition);
    EXPECT_TRUE(bare.error().message.contains("confidential.simulator")) << bare.error().message;
    ConfidentialMeans hardware;
    hardware.tdx = TdxMeans{};
    EXPECT_TRUE(check_level(confidential, gvisor, hardware));
}

} // namespace
} // namespace redoubt::node::launch

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/rate_limit.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::key_broker {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, GivesEachPeerItsShareAndFillsItWithTime) {
    RateLimit limit(2.0, 3.0);
    const RateLimit::Clock::time_point start{1h};
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("a", start));
    EXPECT_FALSE(limit.take("a", start));
    EXPECT_TRUE(limit.take("b", start));
    EXPECT_TRUE(limit.take("a", start + 500ms));
    EXPECT_FALSE(limit.take("a", start + 500ms));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("a", start + 1h));
    EXPECT_FALSE(limit.take("a", start + 1h));
}

TEST(RateLimit, ForgetsThePeersThatWereQuietLongest) {
    RateLimit limit(1.0, 1.0, 2);
    const RateLimit::Clock::time_point start{1h};
    EXPECT_TRUE(limit.take("a", start));
    EXPECT_TRUE(limit.take("b", start));
    EXPECT_FALSE(limit.take("a", start));
    EXPECT_TRUE(limit.take("c", start)); // b goes
    EXPECT_EQ(limit.peers(), 2U);
    EXPECT_FALSE(limit.take("a", start));
}

} // namespace
} // namespace redoubt::services::key_broker

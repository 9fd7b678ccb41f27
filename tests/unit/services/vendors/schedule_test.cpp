// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/schedule.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::vendors {
namespace {

using namespace std::chrono_literals;

const tee::Time k_now = tee::parse_time("2026-01-01T00:00:00Z").value();
constexpr double k_middle = 0.5; // moves nothing

TEST(Schedule, AsksAgainAfterTheRefreshOrBeforeTheEnd) {
    EXPECT_EQ(next_after_success(k_now, std::nullopt, 24h, 60s, k_middle), k_now + 24h);
    EXPECT_EQ(next_after_success(k_now, k_now + 720h, 24h, 60s, k_middle), k_now + 24h);
    EXPECT_EQ(next_after_success(k_now, k_now + 3h, 24h, 60s, k_middle), k_now + 2h);
}

TEST(Schedule, AsksNotMoreOftenThanAfterAFailure) {
    EXPECT_EQ(next_after_success(k_now, k_now + 1s, 24h, 60s, k_middle), k_now + 60s);
    EXPECT_EQ(next_after_success(k_now, k_now - 1h, 24h, 60s, k_middle), k_now + 60s);
}

TEST(Schedule, WaitsLongerWithEveryFailureUpToAnHour) {
    EXPECT_EQ(next_after_failure(k_now, 1, 60s, k_middle), k_now + 60s);
    EXPECT_EQ(next_after_failure(k_now, 2, 60s, k_middle), k_now + 120s);
    EXPECT_EQ(next_after_failure(k_now, 7, 60s, k_middle), k_now + 1h);
    EXPECT_EQ(next_after_failure(k_now, 4'000'000'000U, 60s, k_middle), k_now + 1h);
}

TEST(Schedule, MovesByATenthAtMost) {
    EXPECT_EQ(next_after_failure(k_now, 1, 100s, 0.0), k_now + 90s);
    EXPECT_LE(next_after_failure(k_now, 1, 100s, 0.999), k_now + 110s);
    EXPECT_GE(next_after_failure(k_now, 1, 1s, 0.0), k_now + 1s);
}

} // namespace
} // namespace redoubt::services::vendors

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/facts.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::host {
namespace {

TEST(HostFacts, ReadsMemoryInBytes) {
    EXPECT_EQ(parse_memory_total("MemTotal:       24689012 kB\nMemFree: 1 kB\n"), 24689012ULL * 1024);
    EXPECT_EQ(parse_memory_total("MemFree: 1 kB\n").error().message, "meminfo: no MemTotal");
    EXPECT_EQ(parse_memory_total("MemTotal: lots").error().message, "meminfo: MemTotal is not a number");
    EXPECT_FALSE(parse_memory_total("MemTotal:"));
}

TEST(HostFacts, ATscCountsOnlyWhenItsSpeedIsConstant) {
    EXPECT_TRUE(has_constant_tsc("processor : 0\nflags\t\t: fpu tsc constant_tsc nonstop_tsc\nbugs : x\n"));
    EXPECT_FALSE(has_constant_tsc("processor : 0\nflags\t\t: fpu tsc\nbugs : constant_tsc\n"));
    EXPECT_FALSE(has_constant_tsc(""));
}

TEST(HostFacts, AreThereOnAnyLinux) {
    const auto facts = read_host_facts();
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_FALSE(facts->hostname.empty());
    EXPECT_FALSE(facts->kernel_release.empty());
    EXPECT_GE(facts->cpus, 1U);
    EXPECT_GT(facts->memory_bytes, 1U << 20U);
    EXPECT_EQ(facts->boot_id.size(), 36U);
    if (facts->tsc_khz != 0) {
        EXPECT_GT(facts->tsc_khz, 100'000U);
        EXPECT_LT(facts->tsc_khz, 10'000'000U);
    }
}

} // namespace
} // namespace redoubt::node::host

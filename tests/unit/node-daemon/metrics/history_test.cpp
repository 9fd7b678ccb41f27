// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/history.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::metrics {
namespace {

TEST(History, HoldsAnHourAndNoMore) {
    History history;
    for (int i = 1; i <= 1000; ++i) history.add({.time = i, .host = {}, .counts = {}});
    const auto all = history.since(0);
    ASSERT_EQ(all.size(), 360U);
    EXPECT_EQ(all.front().time, 641);
    EXPECT_EQ(all.back().time, 1000);
    EXPECT_EQ(history.since(999).size(), 1U);
    EXPECT_TRUE(history.since(1000).empty());
}

TEST(HostSample, ProcessorsAreRead) {
    HostSample sample;
    ASSERT_TRUE(parse_stat(
        "cpu  100 20 30 4000 500 6 7 8 90 0\ncpu0 1 2 3 4 5 6 7 8 9 0\ncpu1 1 2 3 4\nintr 5\n", 100, sample));
    EXPECT_DOUBLE_EQ(sample.cpu_seconds, 1.71); // all but idle, waiting, and what guests have beside user
    EXPECT_EQ(sample.cpus, 2U);
    EXPECT_FALSE(parse_stat("intr 5\n", 100, sample));
    EXPECT_FALSE(parse_stat("cpu a b c d e\n", 100, sample));
}

TEST(HostSample, MemoryIsRead) {
    HostSample sample;
    ASSERT_TRUE(parse_meminfo("MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  250 kB\n", sample));
    EXPECT_EQ(sample.memory_bytes, 1024000U);
    EXPECT_EQ(sample.memory_used_bytes, 768000U);
    EXPECT_FALSE(parse_meminfo("", sample));
}

TEST(HostSample, TheHostsInterfacesAreAddedUp) {
    HostSample sample;
    ASSERT_TRUE(parse_net_dev("Inter-|   Receive\n face |bytes\n"
                              "    lo: 7 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n"
                              "  eth0: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n"
                              "  eth1:1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n"
                              "veth12: 50 1 0 0 0 0 0 0 50 1 0 0 0 0 0 0\n",
                              sample));
    EXPECT_EQ(sample.network_received_bytes, 101U);
    EXPECT_EQ(sample.network_sent_bytes, 202U);
    EXPECT_FALSE(parse_net_dev("eth0: 1 2\n", sample));
}

TEST(HostSample, ThisHostIsRead) {
    const auto sample = read_host_sample("/");
    ASSERT_TRUE(sample) << sample.error().message;
    EXPECT_GT(sample->cpu_seconds, 0);
    EXPECT_GT(sample->memory_bytes, sample->memory_used_bytes);
    EXPECT_GT(sample->disk_bytes, 0U);
}

} // namespace
} // namespace redoubt::node::metrics

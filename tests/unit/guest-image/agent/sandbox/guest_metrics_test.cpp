// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/guest_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace redoubt::guest::sandbox {
namespace {

using testing::HasSubstr;

constexpr const char* k_net_dev =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
    "carrier compressed\n"
    "    lo:     100       1    2    3    4     5          6         7      800       9   10   11   12    13 "
    "     14         15\n"
    "  bad: 1 2 3\n";

TEST(GuestMetrics, AreNamedAsKataNamesThem) {
    ProcTexts texts;
    texts.meminfo =
        "MemTotal:         114524 kB\nActive(anon):   12 kB\nSReclaimable:  3 kB\nHugePages_Total:       4\n"
        "AnonHugePages:   5 kB\nDirectMap4k:     6 kB\nDirectMap2M:     7 kB\nCommitted_AS:    8 kB\n"
        "Percpu:          9 kB\nKReclaimable:   10 kB\nVmallocUsed:  11 kB\nNFS_Unstable:    1 kB\n";
    texts.vmstat = "nr_free_pages 77\nbad\n";
    texts.stat = "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n";
    texts.loadavg = "0.11 0.12 0.13 1/97 1234\n";
    texts.diskstats = "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n";
    texts.net_dev = k_net_dev;
    const auto text = render_metrics(texts, 3);
    for (const char* line : {"# TYPE kata_agent_scrape_count counter\nkata_agent_scrape_count 3\n",
                             "kata_guest_meminfo{item=\"mem_total\"} 117272576\n",
                             "kata_guest_meminfo{item=\"active_anon\"} 12288\n",
                             "kata_guest_meminfo{item=\"s_reclaimable\"} 3072\n",
                             "kata_guest_meminfo{item=\"hugepages_total\"} 4\n",
                             "kata_guest_meminfo{item=\"anon_hugepages\"} 5120\n",
                             "kata_guest_meminfo{item=\"direct_map_4k\"} 6144\n",
                             "kata_guest_meminfo{item=\"direct_map_2M\"} 7168\n",
                             "kata_guest_meminfo{item=\"committed_as\"} 8192\n",
                             "kata_guest_meminfo{item=\"per_cpu\"} 9216\n",
                             "kata_guest_meminfo{item=\"k_reclaimable\"} 10240\n",
                             "kata_guest_meminfo{item=\"vmalloc_used\"} 11264\n",
                             "kata_guest_meminfo{item=\"nfs_unstable\"} 1024\n",
                             "kata_guest_vm_stat{item=\"nr_free_pages\"} 77\n",
                             "kata_guest_cpu_time{cpu=\"total\",item=\"user\"} 10\n",
                             "kata_guest_cpu_time{cpu=\"0\",item=\"guest_nice\"} 100\n",
                             "kata_guest_load{item=\"load15\"} 0.13\n",
                             "kata_guest_tasks{item=\"cur\"} 1\nkata_guest_tasks{item=\"max\"} 97\n",
                             "kata_guest_diskstat{disk=\"sda\",item=\"weighted_time_in_progress\"} 11\n",
                             "kata_guest_netdev_stat{interface=\"lo\",item=\"sent_bytes\"} 800\n"})
        EXPECT_THAT(text, HasSubstr(line));
    EXPECT_THAT(text, testing::Not(HasSubstr("bad")));
}

TEST(GuestMetrics, TellOfTheAgentItself) {
    const auto text = render_metrics(read_proc_texts(), 1);
    for (const char* name :
         {"kata_agent_threads 1\n", "kata_agent_total_vm ", "kata_agent_total_rss ",
          "kata_agent_proc_stat{item=\"utime\"} ", "kata_agent_proc_status{item=\"vmrss\"} ",
          "kata_agent_io_stat{item=\"rchar\"} ", "kata_guest_meminfo{item=\"mem_available\"} "})
        EXPECT_THAT(text, HasSubstr(name));
}

TEST(GuestMetrics, AProcessMayHaveAnyName) {
    ProcTexts texts;
    texts.own_stat = "1 (a) (b\n) S 0 1 2 3 4 5 6 7 8 9 100 200 3 4 20 0 6 0 100 4096 10 0\n";
    EXPECT_THAT(render_metrics(texts, 1), HasSubstr("kata_agent_threads 6\n"));
}

TEST(GuestMetrics, SurviveNonsense) {
    ProcTexts texts;
    for (auto* text : {&texts.meminfo, &texts.vmstat, &texts.stat, &texts.loadavg, &texts.diskstats,
                       &texts.net_dev, &texts.own_status, &texts.own_stat, &texts.own_io})
        *text = ":\n: :\n)\n) \ncpu\n\n   \n1/2 / / /\n\"\\\": 1\n";
    EXPECT_FALSE(render_metrics(texts, 1).empty());
}

TEST(InterfaceCounters, AreReadFromTheKernelsTable) {
    const auto all = parse_interface_counters(k_net_dev);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].name, "lo");
    EXPECT_EQ(all[0].received_bytes, 100U);
    EXPECT_EQ(all[0].received_dropped, 3U);
    EXPECT_EQ(all[0].sent_bytes, 800U);
    EXPECT_EQ(all[0].sent_dropped, 11U);
}

} // namespace
} // namespace redoubt::guest::sandbox

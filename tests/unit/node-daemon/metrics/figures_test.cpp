// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/figures.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "common/base/file.hpp"

namespace redoubt::node::metrics {
namespace {

Figures example() {
    Figures figures;
    figures.version = "1.2.3";
    figures.started_at = 1767168000.5;
    figures.host = {.cpu_seconds = 12.25,
                    .cpus = 2,
                    .memory_bytes = 4096,
                    .memory_used_bytes = 1024,
                    .disk_bytes = 8192,
                    .disk_used_bytes = 512,
                    .network_received_bytes = 10,
                    .network_sent_bytes = 20};
    figures.counts = {.vms = 1, .containers_running = 1, .containers = 2};
    figures.containers_by_state = {{"created", 0}, {"exited", 1}, {"running", 1}};
    figures.images = 3;
    figures.has_usage = true;
    figures.vm_overhead = {{"redoubt", 2048}};
    sandbox::ContainerUsage usage;
    usage.id = ContainerId("abc");
    usage.name = "web \"x\"";
    usage.cpu_usage_ns = 2'500'000'000;
    usage.memory_bytes = 100;
    usage.pids = 4;
    figures.containers.push_back(usage);
    return figures;
}

TEST(Figures, HaveTheirGoldenForm) {
    const auto golden =
        read_file(std::string(std::getenv("REDOUBT_SOURCE")) + "/tests/golden/node-daemon/metrics.txt");
    ASSERT_TRUE(golden) << golden.error().message;
    EXPECT_EQ(render(example()), *golden);
}

} // namespace
} // namespace redoubt::node::metrics

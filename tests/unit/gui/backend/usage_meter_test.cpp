// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/usage_meter.hpp"

#include <gtest/gtest.h>

namespace redoubt::gui {
namespace {

constexpr std::int64_t k_second = 1'000'000'000;

Workload container(const std::string& id, const std::string& level, const std::string& pod = {}) {
    Workload out;
    out.id = id;
    out.level = level;
    out.pod = pod;
    out.state = WorkloadState::running;
    return out;
}

TEST(UsageMeter, MakesRatesOfCounters) {
    UsageMeter meter;
    std::vector<Workload> workloads{container("a", "vm"), container("b", "runc")};
    const auto first = meter.add({{.id = "a",
                                   .time = k_second,
                                   .cpu_ns = 0,
                                   .memory_bytes = 100,
                                   .received_bytes = 0,
                                   .sent_bytes = 0,
                                   .read_bytes = 0,
                                   .written_bytes = 0}},
                                 workloads);
    EXPECT_EQ(first.cpu_percent, 0) << "the first reading has none";
    EXPECT_FALSE(workloads[0].cpu_percent);
    EXPECT_EQ(workloads[0].memory_bytes, 100U);
    const auto second = meter.add({{.id = "a",
                                    .time = 3 * k_second,
                                    .cpu_ns = static_cast<std::uint64_t>(k_second),
                                    .memory_bytes = 200,
                                    .received_bytes = 1000,
                                    .sent_bytes = 0,
                                    .read_bytes = 0,
                                    .written_bytes = 4000}},
                                  workloads);
    EXPECT_DOUBLE_EQ(second.cpu_percent, 50);
    EXPECT_DOUBLE_EQ(*workloads[0].cpu_percent, 50);
    EXPECT_DOUBLE_EQ(second.received_rate, 500);
    EXPECT_DOUBLE_EQ(second.written_rate, 2000);
    EXPECT_DOUBLE_EQ(second.memory_bytes, 200);
}

TEST(UsageMeter, TakesACounterThatWentBackForANewOne) {
    UsageMeter meter;
    std::vector<Workload> workloads{container("a", "vm")};
    meter.add({{.id = "a",
                .time = k_second,
                .cpu_ns = 500,
                .memory_bytes = 0,
                .received_bytes = 9,
                .sent_bytes = 9,
                .read_bytes = 9,
                .written_bytes = 9}},
              workloads);
    const auto reading = meter.add({{.id = "a",
                                     .time = 2 * k_second,
                                     .cpu_ns = 5,
                                     .memory_bytes = 0,
                                     .received_bytes = 0,
                                     .sent_bytes = 0,
                                     .read_bytes = 0,
                                     .written_bytes = 0}},
                                   workloads);
    EXPECT_EQ(reading.cpu_percent, 0);
    EXPECT_EQ(reading.read_rate, 0);
}

TEST(UsageMeter, CountsAPodAsOneVm) {
    auto pod = container("p", "vm");
    pod.kind = WorkloadKind::pod;
    const std::vector<Workload> workloads{pod, container("a", "vm", "p"), container("b", "vm", "p"),
                                          container("c", "confidential"), container("d", "runc")};
    EXPECT_EQ(count_vms(workloads), 2U);
}

} // namespace
} // namespace redoubt::gui

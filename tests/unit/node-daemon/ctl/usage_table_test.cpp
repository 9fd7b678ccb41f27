// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/usage_table.hpp"

#include <gtest/gtest.h>

#include "node-daemon/ctl/process_table.hpp"
#include "node-daemon/ctl/prune.hpp"
#include "tests/unit/node-daemon/ctl/golden.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::int64_t k_second = 1'000'000'000;

pb::ContainerStatsResponse measured(std::int64_t second, std::uint64_t cpu_seconds) {
    pb::ContainerStatsResponse response;
    auto& usage = *response.add_containers();
    usage.set_id("0123456789abcdef");
    usage.set_name("web");
    usage.set_started_at(100 * k_second);
    usage.set_time((100 + second) * k_second);
    usage.set_cpu_usage_ns(cpu_seconds * k_second);
    usage.set_memory_bytes(25'000'000);
    usage.set_memory_limit_bytes(100'000'000);
    usage.set_network_received_bytes(1000);
    usage.set_block_written_bytes(4096);
    usage.set_pids(3);
    return response;
}

TEST(UsageTable, ComparesEachPictureWithTheOneBefore) {
    UsageHistory history;
    const auto first = history.add(measured(10, 1));
    EXPECT_DOUBLE_EQ(first.front().cpu_percent, 10) << "since its start";
    const auto second = history.add(measured(20, 6));
    EXPECT_DOUBLE_EQ(second.front().cpu_percent, 50);
    EXPECT_DOUBLE_EQ(second.front().average_cpu_percent, 30);
    EXPECT_DOUBLE_EQ(second.front().memory_percent, 25);
    expect_golden("stats.txt", render_usage(second, Truncate::yes));
    expect_golden("stats.json", usage_json(second));
}

TEST(UsageTable, AContainerThatWasStartedAnewBeginsAnew) {
    UsageHistory history;
    EXPECT_DOUBLE_EQ(history.add(measured(10, 8)).front().cpu_percent, 80);
    auto again = measured(20, 1);
    again.mutable_containers(0)->set_started_at(110 * k_second);
    EXPECT_DOUBLE_EQ(history.add(again).front().cpu_percent, 10);
}

TEST(UsageTable, WritesDurations) {
    EXPECT_EQ(render_exact_duration(0), "0s");
    EXPECT_EQ(render_exact_duration(1'500'000'000), "1.5s");
    EXPECT_EQ(render_exact_duration(62'000'000'000), "1m2s");
    EXPECT_EQ(render_exact_duration(3'662'000'001'000), "1h1m2.000001s");
}

TEST(UsageTable, ShowsTheDisk) {
    pb::GetDiskUsageResponse usage;
    auto* image = usage.add_images();
    image->set_id("sha256:0123456789abcdef");
    image->add_names("localhost/busybox:latest");
    image->set_size_bytes(2'000'000);
    image->set_shared_bytes(500'000);
    image->set_containers(1);
    usage.add_images()->set_id("sha256:fedcba9876543210");
    auto* container = usage.add_containers();
    container->set_id("aaaabbbbccccdddd");
    container->set_name("web");
    container->set_image("busybox");
    container->set_state(pb::EXITED);
    container->set_size_bytes(1000);
    auto* volume = usage.add_volumes();
    volume->set_name("data");
    volume->set_size_bytes(16U << 20U);
    volume->set_used_bytes(40'960);
    usage.set_image_bytes(3'000'000);
    usage.set_reclaimable_image_bytes(1'000'000);
    expect_golden("df.txt", render_disk_usage(usage) + "\n" + render_disk_usage_details(usage, 0));
    expect_golden("df.json", disk_usage_json(usage));
}

TEST(ProcessTable, ShowsTheColumnsThatAreAskedFor) {
    pb::TopContainerResponse response;
    auto* process = response.add_processes();
    process->set_pid(1);
    process->set_user("root");
    process->set_terminal("?");
    process->set_state("S");
    process->set_elapsed_ns(10 * k_second);
    process->set_cpu_time_ns(k_second);
    process->add_command("sleep");
    process->add_command("\x1b[31m1000");
    auto* kernel = response.add_processes();
    kernel->set_pid(7);
    kernel->set_ppid(1);
    kernel->set_name("dead");
    expect_golden("top.txt", render_processes(response, {}).value());
    expect_golden("top.json", processes_json(response));
    EXPECT_EQ(render_processes(response, {"pid", "comm"}).value(), "PID  COMMAND\n1    \n7    dead\n");
    const auto unknown = render_processes(response, {"hpid"});
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("no column 'hpid': there are args, comm"), std::string::npos);
}

pb::ContainerSummary container(const std::string& name, pb::ContainerState state, UnixTime created) {
    pb::ContainerSummary summary;
    summary.set_name(name);
    summary.set_state(state);
    summary.set_created_at(created);
    return summary;
}

TEST(Prune, TakesWhatHasEndedAndFits) {
    pb::ListContainersResponse all;
    *all.add_containers() = container("runs", pb::RUNNING, 1);
    *all.add_containers() = container("old", pb::EXITED, k_second);
    *all.add_containers() = container("new", pb::CREATED, 100 * k_second);
    (*all.mutable_containers(2)->mutable_labels())["keep"] = "yes";
    const auto names = [&](const std::vector<std::string>& filters) {
        std::string text;
        const auto chosen = choose_prunable(all, filters, 200 * k_second);
        if (!chosen) return chosen.error().message;
        for (const auto& one : *chosen) text += one.name() + " ";
        return text;
    };
    EXPECT_EQ(names({}), "old new ");
    EXPECT_EQ(names({"until=150s"}), "old ");
    EXPECT_EQ(names({"label=keep"}), "new ");
    EXPECT_EQ(names({"label!=keep=yes"}), "old ");
    EXPECT_EQ(names({"colour=red"}), "--filter 'colour=red' is not until=, label= or label!=");
}

} // namespace
} // namespace redoubt::ctl

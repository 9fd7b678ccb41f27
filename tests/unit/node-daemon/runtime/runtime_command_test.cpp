// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/runtime_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redoubt::node::runtime {
namespace {

RuntimeCommand make(launch::IsolationLevel level) {
    return RuntimeCommand(
        {.level = level,
         .program = level == launch::IsolationLevel::runc ? "/usr/sbin/runc" : "/usr/bin/runsc",
         .folder = "/f",
         .name = "ab12",
         .platform = "systrap"});
}

std::string join(const Arguments& words) {
    std::string line;
    for (const auto& word : words) line += (line.empty() ? "" : " ") + word;
    return line;
}

constexpr std::string_view k_runc =
    "/usr/sbin/runc --root /f/runtime --log /f/runtime.log --log-format json ";
constexpr std::string_view k_runsc =
    "/usr/bin/runsc --root /f/runtime --log /f/runtime.log --log-format json "
    "--platform=systrap --overlay2=none --file-access=shared --net-raw --network=none ";

std::string runc(const std::string& rest) {
    return std::string(k_runc) + rest;
}
std::string runsc(const std::string& rest) {
    return std::string(k_runsc) + rest;
}

TEST(RuntimeCommand, CallsRunc) {
    const auto command = make(launch::IsolationLevel::runc);
    EXPECT_EQ(join(command.create(false)), runc("create --bundle /f --pid-file /f/init.pid ab12"));
    EXPECT_EQ(join(command.create(true)),
              runc("create --bundle /f --pid-file /f/init.pid --console-socket /f/console.sock ab12"));
    EXPECT_EQ(join(command.start()), runc("start ab12"));
    EXPECT_EQ(join(command.exec("e1")),
              runc("exec --process /f/exec-e1.json --pid-file /f/exec-e1.pid ab12"));
    EXPECT_EQ(join(command.stats()), runc("events --stats ab12"));
    EXPECT_EQ(join(command.update()), runc("update --resources - ab12"));
    EXPECT_EQ(join(command.pause()), runc("pause ab12"));
    EXPECT_EQ(join(command.resume()), runc("resume ab12"));
    EXPECT_EQ(join(command.remove()), runc("delete --force ab12"));
}

TEST(RuntimeCommand, CallsRunsc) {
    auto command = make(launch::IsolationLevel::gvisor);
    EXPECT_EQ(join(command.create(false)), runsc("create --bundle /f --pid-file /f/init.pid ab12"));
    EXPECT_EQ(join(command.exec("e1")),
              runsc("exec --process /f/exec-e1.json --internal-pid-file /f/exec-e1.pid ab12"));
    EXPECT_EQ(join(command.kill(15)), runsc("kill ab12 15"));
    EXPECT_EQ(join(command.kill(9, 4)), runsc("kill --pid 4 ab12 9"));
    EXPECT_EQ(join(command.list_processes()), runsc("ps ab12"));
    command.set_network(ContainerNetwork::namespaced);
    EXPECT_THAT(join(command.start()), testing::HasSubstr("--network=sandbox start ab12"));
}

TEST(RuntimeCommand, AMissingProgramIsToldFromOtherFailures) {
    const auto runc_log = R"({"level":"warning","msg":"old"}
{"level":"error","msg":"runc create failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH","time":"x"}
)";
    EXPECT_EQ(explain_failure(runc_log, "create").code, Code::not_found);
    EXPECT_EQ(explain_failure(runc_log, "create").message,
              "exec: \"nosuch\": executable file not found in $PATH");
    const auto runsc_log =
        R"({"msg":"first","level":"error"}{"msg":"starting sandbox: failed to load /etc: permission denied","level":"error"})";
    EXPECT_EQ(explain_failure(runsc_log, "exec").code, Code::permission_denied);
    EXPECT_TRUE(explain_failure(runsc_log, "exec").message.starts_with("exec: "));
    EXPECT_EQ(explain_failure(R"({"msg":"container not running"})", "pause").message,
              "pause: container not running");
    EXPECT_EQ(explain_failure("", "start").code, Code::internal);
    EXPECT_EQ(explain_failure("{{{", "start").code, Code::internal);
}

TEST(RuntimeCommand, CountersOfBothAreRead) {
    const auto runc_says = parse_usage(
        R"({"type":"stats","id":"x","data":{"cpu":{"usage":{"total":29249149}},"memory":{"usage":{"limit":9223372036854771712,"usage":618496}},
            "pids":{"current":2,"limit":2048},"blkio":{"ioServiceBytesRecursive":[{"op":"Read","value":7},{"op":"Write","value":5},{"op":"Read","value":1}]}}})");
    ASSERT_TRUE(runc_says) << runc_says.error().message;
    EXPECT_EQ(runc_says->cpu_ns, 29249149U);
    EXPECT_EQ(runc_says->memory_bytes, 618496U);
    EXPECT_EQ(runc_says->memory_limit_bytes, 0U) << "that number means none";
    EXPECT_EQ(runc_says->pids_limit, 2048U);
    EXPECT_EQ(runc_says->block_read_bytes, 8U);
    EXPECT_EQ(runc_says->block_written_bytes, 5U);
    const auto runsc_says = parse_usage(
        R"({"type":"stats","id":"x","data":{"cpu":{"usage":{"total":20000000}},"memory":{"usage":{"limit":0,"usage":2588672}},"pids":{"current":2}}})");
    ASSERT_TRUE(runsc_says) << runsc_says.error().message;
    EXPECT_EQ(runsc_says->pids, 2U);
    EXPECT_FALSE(parse_usage("nothing"));
    EXPECT_FALSE(parse_usage("{}"));
}

TEST(RuntimeCommand, TheTableOfProcessesIsRead) {
    const auto processes =
        parse_process_table("UID       PID       PPID      C         TTY       STIME     TIME      CMD\n"
                            "0         1         0         6         ?         18:33     10ms      sleep\n"
                            "7         12        1         4         pts/0     18:33     1m1.5s    sh\n"
                            "what is this\n");
    ASSERT_EQ(processes.size(), 2U);
    EXPECT_EQ(processes[0].name, "sleep");
    EXPECT_EQ(processes[0].cpu_time_ns, 10'000'000U);
    EXPECT_EQ(processes[1].uid, 7U);
    EXPECT_EQ(processes[1].ppid, 1);
    EXPECT_EQ(processes[1].terminal, "pts/0");
    EXPECT_EQ(processes[1].cpu_time_ns, 61'500'000'000U);
}

} // namespace
} // namespace redoubt::node::runtime

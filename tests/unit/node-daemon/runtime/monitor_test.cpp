// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// Real monitors: containers of a busybox of the host's, by Debian's runc and runsc.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <memory>

#include "common/base/file.hpp"
#include "node-daemon/agent_client/agent_client.hpp"
#include "node-daemon/hypervisor/monitor/monitor_engine.hpp"
#include "node-daemon/launch/container_spec.hpp"
#include "node-daemon/launch/host_plan.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"

namespace redoubt::node {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using agent_client::AgentClient;
using hypervisor::monitor::MonitorEngine;
using launch::IsolationLevel;
using testing::HasSubstr;

constexpr Duration k_limit = 60s;
const ContainerId k_id("container");

fs::path monitor_program() {
    const auto* const build = std::getenv("REDOUBT_BUILD_DIR"); // NOLINT(concurrency-mt-unsafe): one thread
    return fs::path(build == nullptr ? "/usr/lib/redoubt" : std::string(build) + "/bin") / "redoubt-monitor";
}

/// A layer of busybox with a name for each program that the tests call.
Status make_layer(const fs::path& folder, const fs::path& file) {
    for (const char* below : {"bin", "etc", "tmp"}) fs::create_directories(folder / below);
    fs::copy_file("/usr/bin/busybox", folder / "bin/busybox");
    for (const char* name :
         {"sh", "cat", "echo", "sleep", "id", "kill", "ls", "stty", "tty", "head", "hostname"})
        fs::create_symlink("busybox", folder / "bin" / name);
    RDT_CHECK(write_file(folder / "etc/passwd", "root:x:0:0::/root:/bin/sh\nweb:x:7:8::/srv:/bin/sh\n"));
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), 1);
        ::execl("/usr/bin/mkfs.erofs", "mkfs.erofs", file.c_str(), folder.c_str(), nullptr);
        ::_exit(127);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0)
        return fail(Code::internal, "mkfs.erofs ended with {}", status);
    return {};
}

class Monitors : public testing::TestWithParam<IsolationLevel> {
  protected:
    void SetUp() override {
        const bool has_tools = fs::exists("/usr/bin/busybox") && fs::exists("/usr/bin/mkfs.erofs") &&
                               fs::exists("/usr/sbin/runc") && fs::exists("/usr/bin/runsc");
        if (::geteuid() != 0 || !has_tools || !fs::exists(monitor_program()))
            GTEST_SKIP() << "needs root, busybox, mkfs.erofs, runc, runsc and redoubt-monitor";
        ASSERT_TRUE(make_layer(files_.path() / "layer", files_.path() / "layer.erofs"));
        request_.sandbox = SandboxId(folder_.path().filename().native());
        request_.runtime_directory = folder_.path();
        request_.container = {.id = k_id, .command = {}, .memory_bytes = 64U << 20U, .terminal_size = {}};
        request_.image = {.name = "busybox", .environment = {}, .entrypoint = {}, .command = {}};
        request_.layers = {{.file = files_.path() / "layer.erofs", .root_hash = {}, .salt = {}}};
    }
    void TearDown() override {
        if (machine_) {
            EXPECT_TRUE(run(machine_->kill()));
            expect_no_cgroup();
        }
        agent_.reset();
        machine_.reset();
        test::run(context_, end(engine_));
    }
    static asio::awaitable<int> end(MonitorEngine& engine) {
        co_await engine.close();
        co_return 0;
    }
    template <class T>
    T run(asio::awaitable<T> task) {
        return test::run(context_, std::move(task));
    }

    Status begin(std::vector<std::string> command) {
        request_.container.command = std::move(command);
        RDT_TRY(auto plan,
                launch::make_host_plan(request_, GetParam(),
                                       {.processors = 2, .memory_bytes = 1U << 30U, .open_files = 1024}));
        spec_ = plan.container;
        RDT_TRY(machine_, run(engine_.launch(plan.vm)));
        RDT_TRY(agent_, run(AgentClient::connect(machine_->agent_socket(), k_limit)));
        RDT_CHECK(run(agent_->create_sandbox(
            {.id = request_.sandbox, .hostname = "boxy", .dns = {"192.0.2.1"}, .storages = {}})));
        agent_client::ContainerSpec container{.id = k_id, .spec = plan.container, .storages = {}};
        for (const auto& storage : plan.storages)
            container.storages.push_back({.driver = storage.driver,
                                          .driver_options = {},
                                          .source = storage.source,
                                          .fstype = storage.fstype,
                                          .options = storage.options,
                                          .mount_point = storage.mount_point});
        RDT_CHECK(run(agent_->create_container(std::move(container))));
        return run(agent_->start_container(k_id));
    }
    std::string output(const ExecId& exec = {}) {
        std::string all;
        for (;;) {
            const auto bytes = run(agent_->read_stdout(k_id, exec, {.limit = 65536, .offset = {}}));
            if (!bytes || bytes->empty()) return all;
            all += *bytes;
        }
    }
    Status exec(const std::string& id, launch::ExecConfig config) {
        RDT_TRY(auto process, launch::make_exec_process(spec_, config));
        return run(agent_->exec_process(k_id, ExecId(id), std::move(process)));
    }
    /// Of a command that is executed to its end.
    std::string say(std::vector<std::string> command) {
        const auto id = std::format("e{}", ++execs_);
        if (const auto begun = exec(id, {.command = std::move(command)}); !begun)
            return begun.error().message;
        return output(ExecId(id));
    }
    void expect_no_cgroup() const {
        const auto name = launch::cgroup_of(request_.sandbox).substr(1);
        for (const auto& entry : fs::directory_iterator("/sys/fs/cgroup"))
            EXPECT_FALSE(fs::exists(entry.path() / name)) << entry.path() / name;
    }
    [[nodiscard]] static bool is_gvisor() { return GetParam() == IsolationLevel::gvisor; }

    test::TemporaryFolder files_;
    test::TemporaryFolder folder_;
    asio::io_context context_;
    MonitorEngine engine_{context_.get_executor(),
                          {.monitor = monitor_program(),
                           .runc = "/usr/sbin/runc",
                           .runsc = "/usr/bin/runsc",
                           .gvisor_platform = "systrap"}};
    launch::PlanRequest request_;
    oci::Spec spec_;
    std::unique_ptr<hypervisor::VirtualMachine> machine_;
    std::unique_ptr<AgentClient> agent_;
    int execs_ = 0;
};

TEST_P(Monitors, AContainerRunsToItsEnd) {
    request_.container.hostname = "boxy";
    const auto begun = begin({"sh", "-c", "echo out; echo err >&2; cat /etc/resolv.conf; hostname; exit 7"});
    ASSERT_TRUE(begun) << begun.error().message << machine_->console_tail();
    EXPECT_EQ(run(agent_->wait_process(k_id, {})), 7);
    EXPECT_EQ(output(), "out\nnameserver 192.0.2.1\nboxy\n");
    EXPECT_EQ(run(agent_->read_stderr(k_id, {}, {.limit = 100, .offset = {}})), "err\n");
    EXPECT_EQ(read_file(folder_.path() / "exit-code"), "7\n");
    const auto removed = run(agent_->remove_container(k_id, 5s));
    EXPECT_TRUE(removed) << removed.error().message;
    EXPECT_EQ(run(agent_->wait_process(k_id, {})).error().code, Code::not_found);
}

TEST_P(Monitors, WhatIsNoProgramIsTold) {
    const auto begun = begin({"no-such-program"});
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().code, Code::not_found);
    EXPECT_THAT(begun.error().message, HasSubstr("exec: "));
}

TEST_P(Monitors, ProcessesAreAddedToOneThatRuns) {
    const auto begun = begin({"sh", "-c", "trap 'exit 42' TERM; while :; do sleep 0.1; done"});
    ASSERT_TRUE(begun) << begun.error().message << machine_->console_tail();
    EXPECT_EQ(say({"sh", "-c", "id -u; echo $HOME"}), "0\n/root\n");
    ASSERT_TRUE(exec("w", {.command = {"sh", "-c", "id -u; id -g; exit 5"}, .user = "web"}));
    EXPECT_EQ(output(ExecId("w")), "7\n8\n");
    EXPECT_EQ(run(agent_->wait_process(k_id, ExecId("w"))), 5);
    EXPECT_EQ(exec("n", {.command = {"no-such-program"}}).error().code, Code::not_found);
    ASSERT_TRUE(exec("c", {.command = {"cat"}}));
    ASSERT_TRUE(run(agent_->write_stdin(k_id, ExecId("c"), "through")));
    ASSERT_TRUE(run(agent_->close_stdin(k_id, ExecId("c"))));
    EXPECT_EQ(output(ExecId("c")), "through");
    ASSERT_TRUE(exec("k", {.command = {"sleep", "1000"}}));
    const auto killed = run(agent_->signal_process(k_id, ExecId("k"), SIGKILL));
    EXPECT_TRUE(killed) << killed.error().message;
    EXPECT_EQ(run(agent_->wait_process(k_id, ExecId("k"))), 137);
    const auto told = run(agent_->signal_process(k_id, {}, SIGTERM));
    ASSERT_TRUE(told) << told.error().message;
    EXPECT_EQ(run(agent_->wait_process(k_id, {})), 42);
}

TEST_P(Monitors, TerminalsHaveTheirSize) {
    request_.container.terminal = true;
    request_.container.terminal_size = {.rows = 31, .columns = 90};
    const auto begun = begin({"sh", "-c", "stty size; cat"});
    ASSERT_TRUE(begun) << begun.error().message << machine_->console_tail();
    EXPECT_THAT(run(agent_->read_stdout(k_id, {}, {.limit = 100, .offset = {}})).value_or(""),
                HasSubstr("31 90"));
    launch::ExecConfig config{.command = {"sh", "-c", "tty; stty size; exit 4"}, .terminal = true};
    config.terminal_size = {.rows = 20, .columns = 70};
    ASSERT_TRUE(exec("t", config));
    const auto text = output(ExecId("t"));
    if (!is_gvisor())
        EXPECT_THAT(text, HasSubstr("/dev/pts/")) << "gVisor has no name for a terminal of the host";
    EXPECT_THAT(text, HasSubstr("20 70"));
    EXPECT_EQ(run(agent_->wait_process(k_id, ExecId("t"))), 4);
}

TEST_P(Monitors, TheyAreLookedInto) {
    const auto begun = begin({"sh", "-c", "echo x > /etc/new; echo ready; sleep 1000; true"});
    ASSERT_TRUE(begun) << begun.error().message << machine_->console_tail();
    ASSERT_EQ(run(agent_->read_stdout(k_id, {}, {.limit = 100, .offset = {}})), "ready\n");
    const auto stats = run(agent_->stats(k_id));
    ASSERT_TRUE(stats) << stats.error().message;
    EXPECT_GT(stats->memory_usage_bytes, 0U);
    EXPECT_EQ(stats->memory_limit_bytes, 64U << 20U);
    const auto processes = run(agent_->list_processes(k_id));
    ASSERT_TRUE(processes) << processes.error().message;
    ASSERT_FALSE(processes->empty());
    EXPECT_EQ(processes->front().pid, 1);
    const auto changes = run(agent_->list_changes(k_id, ""));
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_THAT(*changes, testing::Contains(testing::Field(&launch::PathChange::path, "/etc/new")));
    EXPECT_EQ(run(agent_->stat_path(k_id, "/etc/new"))->size_bytes, 2U);
    const auto in_memory = run(agent_->stat_path(k_id, "/dev/shm"));
    EXPECT_EQ(in_memory.has_value(), !is_gvisor());
    ASSERT_TRUE(run(agent_->pause_container(k_id)));
    ASSERT_TRUE(run(agent_->pause_container(k_id))) << "as it is so already";
    ASSERT_TRUE(run(agent_->resume_container(k_id)));
    oci::Resources less;
    less.memory_limit = less.memory_swap = 48 << 20;
    EXPECT_EQ(run(agent_->update_container(k_id, less)).has_value(), !is_gvisor());
}

TEST_P(Monitors, ANewDaemonFindsWhatTheOldOneLeft) {
    const auto begun = begin({"sh", "-c", "echo one; sleep 0.3; echo two; exit 9"});
    ASSERT_TRUE(begun) << begun.error().message << machine_->console_tail();
    ASSERT_EQ(run(agent_->read_stdout(k_id, {}, {.limit = 4, .offset = 0})), "one\n");
    const auto record = machine_->record();
    agent_.reset(); // what was read and not said to be in safety
    auto adopted = run(engine_.adopt(record));
    ASSERT_TRUE(adopted) << adopted.error().message;
    machine_ = std::move(*adopted);
    auto again = run(AgentClient::connect(machine_->agent_socket(), k_limit));
    ASSERT_TRUE(again) << again.error().message;
    agent_ = std::move(*again);
    EXPECT_EQ(run(agent_->wait_process(k_id, {})), 9);
    EXPECT_EQ(run(agent_->read_stdout(k_id, {}, {.limit = 4, .offset = 0})), "one\n");
    EXPECT_EQ(run(agent_->read_stdout(k_id, {}, {.limit = 4, .offset = 4})), "two\n");
}

TEST_P(Monitors, APausedOneIsKilledAllTheSame) {
    ASSERT_TRUE(begin({"sleep", "1000"}));
    ASSERT_TRUE(run(agent_->pause_container(k_id)));
    const auto killed = run(machine_->kill());
    EXPECT_TRUE(killed) << killed.error().message;
    EXPECT_THAT(run(machine_->wait())->reason, HasSubstr("killed by signal 9"));
}

TEST_P(Monitors, OneWithoutARecordIsFoundByItsName) {
    ASSERT_TRUE(begin({"sleep", "1000"}));
    ASSERT_TRUE(run(engine_.reap(request_.sandbox)));
    EXPECT_THAT(run(machine_->wait())->reason, HasSubstr("killed by signal 9"));
    EXPECT_TRUE(run(engine_.reap(request_.sandbox))) << "nothing is no error";
}

INSTANTIATE_TEST_SUITE_P(Levels, Monitors, testing::Values(IsolationLevel::runc, IsolationLevel::gvisor),
                         [](const auto& level) { return std::string(launch::name_of(level.param)); });

} // namespace
} // namespace redoubt::node

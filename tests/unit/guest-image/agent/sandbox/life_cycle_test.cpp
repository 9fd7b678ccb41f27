// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <csignal>

#include "tests/unit/guest-image/agent/sandbox/sandbox_fixture.hpp"

namespace redoubt::guest::sandbox {
namespace {

TEST_F(SandboxTest, KeepsOutputAndExitCodeApart) {
    create_sandbox();
    const auto ran = run_shell("echo out; echo err >&2; exit 7");
    EXPECT_EQ(ran.output, "out\n");
    EXPECT_EQ(ran.error, "err\n");
    EXPECT_EQ(ran.code, 7);
    EXPECT_EQ(exit_code("c1"), 7) << "an exit code can be asked for again";
}

TEST_F(SandboxTest, InitWaitsForStart) {
    create_sandbox();
    auto request = request_of("c1", {"touch", "/started"});
    const std::filesystem::path root = request.spec.root_path;
    ASSERT_TRUE(create(std::move(request)));
    EXPECT_FALSE(std::filesystem::exists(root / "started"));
    ASSERT_TRUE(start("c1"));
    EXPECT_EQ(exit_code("c1"), 0);
    EXPECT_TRUE(std::filesystem::exists(root / "started"));
    EXPECT_EQ(start("c1").error().code, Code::failed_precondition);
}

TEST_F(SandboxTest, NeedsTheSandboxFirstAndOnce) {
    EXPECT_EQ(create(request_of("c1", {"true"})).error().code, Code::failed_precondition);
    create_sandbox();
    EXPECT_EQ(await(box_->create({.id = SandboxId("sb")})).error().code, Code::already_exists);
}

TEST_F(SandboxTest, RefusesBadIdsAndDoubleOnes) {
    create_sandbox();
    for (const std::string& bad :
         std::vector<std::string>{"", "a", "../x", "-ab", "a/b", "a b", "sandbox", std::string(129, 'a')}) {
        ContainerRequest request{.id = ContainerId(bad)};
        EXPECT_EQ(create(std::move(request)).error().code, Code::invalid_argument) << bad;
    }
    ASSERT_TRUE(create(request_of("c1", {"true"})));
    EXPECT_EQ(create({.id = ContainerId("c1")}).error().code, Code::already_exists);
}

TEST_F(SandboxTest, UnknownContainersAndProcessesAreNotFound) {
    create_sandbox();
    EXPECT_EQ(start("nosuch").error().code, Code::not_found);
    EXPECT_EQ(box_->signal_process(ContainerId("nosuch"), ExecId(), SIGTERM).error().code, Code::not_found);
    ASSERT_TRUE(create(request_of("c1", {"true"})));
    EXPECT_EQ(box_->find_process(ContainerId("c1"), ExecId("nosuch")).error().code, Code::not_found);
}

TEST_F(SandboxTest, AFailedCreationLeavesNothing) {
    create_sandbox();
    const auto made = create(request_of("c1", {"nosuch"}));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::not_found);
    EXPECT_EQ(made.error().message, "exec: \"nosuch\": executable file not found in $PATH");
    EXPECT_FALSE(std::filesystem::exists(base_ / "c1"));
    EXPECT_EQ(start("c1").error().code, Code::not_found);
}

TEST_F(SandboxTest, TellsMissingFromNotExecutable) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"sleep", "100"})));
    ASSERT_TRUE(start("c1"));
    EXPECT_EQ(exec("c1", "e1", process_of({"/nosuch"})).error().code, Code::not_found);
    EXPECT_EQ(exec("c1", "e1", process_of({"/etc/passwd"})).error().code, Code::permission_denied);
    EXPECT_EQ(exec("c1", "e1", process_of({"/etc"})).error().message, "exec: \"/etc\": is a directory");
    EXPECT_EQ(exec("c1", "e1", process_of({})).error().code, Code::invalid_argument);
}

TEST_F(SandboxTest, SigtermEndsAnInitThatDoesNotHandleIt) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"sleep", "1000"})));
    ASSERT_TRUE(start("c1"));
    ASSERT_TRUE(box_->signal_process(ContainerId("c1"), ExecId(), SIGTERM));
    EXPECT_EQ(exit_code("c1"), 128 + SIGKILL);
    EXPECT_EQ(box_->signal_process(ContainerId("c1"), ExecId(), SIGTERM).error().code, Code::not_found);
}

TEST_F(SandboxTest, SigtermReachesAnInitThatHandlesIt) {
    create_sandbox();
    ASSERT_TRUE(
        create(request_of("c1", {"sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done"})));
    ASSERT_TRUE(start("c1"));
    ASSERT_EQ(await(process("c1")->read(Process::Stream::output, 100)).value_or(""), "up\n");
    ASSERT_TRUE(box_->signal_process(ContainerId("c1"), ExecId(), SIGTERM));
    EXPECT_EQ(exit_code("c1"), 9);
}

TEST_F(SandboxTest, RefusesNumbersThatAreNoSignal) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"true"})));
    for (const int bad : {0, -1, 65, 1000})
        EXPECT_EQ(box_->signal_process(ContainerId("c1"), ExecId(), bad).error().code,
                  Code::invalid_argument);
}

TEST_F(SandboxTest, ExecRunsBesideInit) {
    create_sandbox("redbox");
    ASSERT_TRUE(create(request_of("c1", {"sleep", "1000"})));
    ASSERT_TRUE(start("c1"));
    ASSERT_TRUE(exec("c1", "e1", process_of({"sh", "-c", "hostname; cat /proc/1/cmdline; cat; exit 3"})));
    ASSERT_EQ(await(process("c1", "e1")->write_input("typed")).value_or(0), 5U);
    process("c1", "e1")->close_input();
    EXPECT_EQ(read_all("c1", "e1"), std::string("redbox\nsleep\0"
                                                "1000\0typed",
                                                23));
    EXPECT_EQ(exit_code("c1", "e1"), 3);
    EXPECT_EQ(exec("c1", "e1", process_of({"true"})).error().code, Code::already_exists);
}

TEST_F(SandboxTest, ExecNeedsARunningContainer) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"true"})));
    EXPECT_EQ(exec("c1", "e1", process_of({"true"})).error().code, Code::failed_precondition);
    ASSERT_TRUE(start("c1"));
    EXPECT_EQ(exit_code("c1"), 0);
    EXPECT_EQ(exec("c1", "e1", process_of({"true"})).error().code, Code::failed_precondition);
}

TEST_F(SandboxTest, RemovalEndsWhatRuns) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"sleep", "1000"})));
    ASSERT_TRUE(start("c1"));
    const auto init = process("c1");
    ASSERT_TRUE(await(box_->remove_container(ContainerId("c1"), std::chrono::seconds(30))));
    EXPECT_EQ(init->exit_code(), 128 + SIGKILL);
    EXPECT_FALSE(std::filesystem::exists(base_ / "c1"));
    EXPECT_EQ(await(box_->remove_container(ContainerId("c1"), std::chrono::seconds(1))).error().code,
              Code::not_found);
}

TEST_F(SandboxTest, AGrandchildDoesNotKeepTheOutputOpen) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"sleep", "1000"})));
    ASSERT_TRUE(start("c1"));
    ASSERT_TRUE(exec("c1", "e1", process_of({"sh", "-c", "sleep 500 & echo last words"})));
    EXPECT_EQ(read_all("c1", "e1"), "last words\n");
    EXPECT_EQ(exit_code("c1", "e1"), 0);
}

TEST_F(SandboxTest, MuchInputAndOutputPassThroughSmallPipes) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"cat"})));
    ASSERT_TRUE(start("c1"));
    const std::string much(1U << 20U, 'x');
    asio::co_spawn(io_, process("c1")->write_input(much),
                   [&](std::exception_ptr, Result<std::uint32_t> written) {
                       EXPECT_EQ(written.value_or(0), much.size());
                       process("c1")->close_input();
                   });
    EXPECT_EQ(read_all("c1"), much);
    EXPECT_EQ(exit_code("c1"), 0);
}

TEST_F(SandboxTest, InputToAProcessThatEndedIsRefused) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"true"})));
    ASSERT_TRUE(start("c1"));
    EXPECT_EQ(exit_code("c1"), 0);
    EXPECT_EQ(await(process("c1")->write_input("x")).error().code, Code::failed_precondition);
}

TEST_F(SandboxTest, ATerminalHasASizeAndOneStream) {
    create_sandbox();
    auto request = request_of("c1", {"sh", "-c", "stty size; tty; test -t 2 && echo err >&2; exit 4"});
    request.spec.process.terminal = true;
    request.spec.process.console_size = {.rows = 31, .columns = 97};
    const auto ran = run(std::move(request));
    EXPECT_EQ(ran.output, "31 97\r\n/dev/pts/0\r\nerr\r\n") << ran.error;
    EXPECT_EQ(ran.error, "");
    EXPECT_EQ(ran.code, 4);
}

TEST_F(SandboxTest, ATerminalCanBeResizedAndAPipeCannot) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"sleep", "1000"})));
    ASSERT_TRUE(start("c1"));
    EXPECT_EQ(process("c1")->resize(1, 1).error().code, Code::unavailable);
    auto shell = process_of({"sh", "-c", "read x; stty size"});
    shell.terminal = true;
    ASSERT_TRUE(exec("c1", "e1", std::move(shell)));
    ASSERT_TRUE(process("c1", "e1")->resize(50, 160));
    ASSERT_TRUE(await(process("c1", "e1")->write_input("\n")));
    EXPECT_TRUE(read_all("c1", "e1").ends_with("50 160\r\n"));
}

TEST_F(SandboxTest, DestroyingEndsEverything) {
    create_sandbox();
    ASSERT_TRUE(create(request_of("c1", {"sleep", "1000"})));
    ASSERT_TRUE(start("c1"));
    const auto init = process("c1");
    ASSERT_TRUE(await(box_->destroy()));
    EXPECT_EQ(init->exit_code(), 128 + SIGKILL);
    create_sandbox();
}

} // namespace
} // namespace redoubt::guest::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>

#include "common/base/file.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

SpawnRequest shell(const std::string& script) {
    return {.arguments = {"/bin/sh", "-c", script}};
}

std::string read_all(const UniqueFd& fd) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = ::read(fd.get(), buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(count));
    return text;
}

TEST(Process, SaysWhichStepFailed) {
    const auto missing = spawn({.arguments = {"/no/such/program"}});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error(),
              (Error{Code::not_found, "execute /no/such/program: No such file or directory"}));
    auto request = shell("true");
    request.working_directory = "/no/such/folder";
    const auto nowhere = spawn(request);
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().message, "enter its folder /bin/sh: No such file or directory");
}

TEST(Process, InheritsOnlyWhatItIsGiven) {
    const auto extra = open_file("/dev/null", O_RDONLY);
    ASSERT_TRUE(extra);
    const UniqueFd leaked(::dup(extra->get())); // not close-on-exec
    const auto given = open_file("/proc/self/cmdline", O_RDONLY);
    ASSERT_TRUE(given);
    auto request = shell("ls /proc/$$/fd; readlink /proc/$$/fd/3");
    request.descriptors = {given->get()};
    const auto spawned = spawn(request);
    ASSERT_TRUE(spawned) << spawned.error().message;
    const auto text = read_all(spawned->output);
    EXPECT_TRUE(text.starts_with("0\n1\n2\n3\n/proc/")) << text;
    EXPECT_EQ(reap(spawned->process.pidfd.get()).code, 0);
}

TEST(Process, HasItsOwnSessionAndNoPower) {
    auto request = shell("cat /proc/$$/status; cut -d' ' -f6 /proc/$$/stat; echo $$; env; ulimit -c; pwd");
    if (::geteuid() == 0) request.run_as = Identity{65534, 65534};
    const auto spawned = spawn(request);
    ASSERT_TRUE(spawned) << spawned.error().message;
    const auto text = read_all(spawned->output);
    static_cast<void>(reap(spawned->process.pidfd.get()));
    const auto pid = std::to_string(spawned->process.pid);
    EXPECT_NE(text.find("NoNewPrivs:\t1"), std::string::npos) << text;
    EXPECT_NE(text.find("CapEff:\t0000000000000000"), std::string::npos) << text;
    EXPECT_NE(text.find("\n" + pid + "\n" + pid + "\n"), std::string::npos)
        << "session is not its own: " << text;
    EXPECT_NE(text.find("\n0\n/\n"), std::string::npos) << text;
    if (request.run_as) {
        EXPECT_NE(text.find("CapBnd:\t0000000000000000"), std::string::npos) << text;
        EXPECT_NE(text.find("Uid:\t65534\t65534\t65534\t65534"), std::string::npos) << text;
        EXPECT_NE(text.find("Groups:\t \n"), std::string::npos) << text;
    }
}

TEST(Process, ReportsHowItEnded) {
    const auto failing = spawn(shell("exit 3"));
    ASSERT_TRUE(failing);
    EXPECT_EQ(reap(failing->process.pidfd.get()).code, 3);
    const auto hanging = spawn(shell("exec sleep 1000"));
    ASSERT_TRUE(hanging);
    ASSERT_TRUE(kill_process(hanging->process.pidfd.get()));
    EXPECT_EQ(reap(hanging->process.pidfd.get()).signal, 9);
    EXPECT_TRUE(kill_process(hanging->process.pidfd.get())) << "killing the dead is no error";
    const auto again = reap(hanging->process.pidfd.get());
    EXPECT_FALSE(again.code || again.signal);
}

TEST(Process, IsFoundAgainByPidAndStartTimeOnly) {
    const auto spawned = spawn(shell("exec sleep 1000"));
    ASSERT_TRUE(spawned);
    const auto& process = spawned->process;
    EXPECT_TRUE(open_process(process.pid, process.start_time));
    const auto other = open_process(process.pid, "1");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Code::not_found);
    ASSERT_TRUE(kill_process(process.pidfd.get()));
    pollfd wait{.fd = process.pidfd.get(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&wait, 1, 60000), 1);
    EXPECT_FALSE(open_process(process.pid, process.start_time)) << "a zombie is not running";
    static_cast<void>(reap(process.pidfd.get()));
    EXPECT_FALSE(open_process(process.pid, process.start_time));
}

TEST(Process, FindsAccountsByName) {
    EXPECT_EQ(find_identity("nobody")->user, 65534U);
    EXPECT_EQ(find_identity("no-such-user").error().message, "no user 'no-such-user' on this host");
}

} // namespace
} // namespace redoubt::node::hypervisor::qemu

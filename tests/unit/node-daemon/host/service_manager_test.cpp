// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/service_manager.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/notify_socket.hpp"

namespace redoubt::node::host {
namespace {

using testing_support::NotifySocket;

constexpr int k_first_passed = 3;

TEST(ServiceManager, IsSilentWhereThereIsNone) {
    ::unsetenv("NOTIFY_SOCKET");
    const auto manager = ServiceManager::connect();
    ASSERT_TRUE(manager);
    EXPECT_FALSE(manager->is_present());
    EXPECT_FALSE(manager->heartbeat());
    manager->say_ready();
    manager->keep("name", STDERR_FILENO);
}

TEST(ServiceManager, SaysWhatTheDaemonDoes) {
    NotifySocket socket;
    const auto manager = ServiceManager::connect();
    ASSERT_TRUE(manager);
    EXPECT_TRUE(manager->is_present());
    manager->say_ready();
    EXPECT_EQ(socket.receive().text, "READY=1");
    manager->say_status("2 of 3 containers running");
    EXPECT_EQ(socket.receive().text, "STATUS=2 of 3 containers running");
    manager->say_reloading();
    EXPECT_TRUE(socket.receive().text.starts_with("RELOADING=1\nMONOTONIC_USEC="));
    manager->say_alive();
    EXPECT_EQ(socket.receive().text, "WATCHDOG=1");
    manager->say_stopping();
    EXPECT_EQ(socket.receive().text, "STOPPING=1");
}

TEST(ServiceManager, HasDescriptorsKeptUnderTheirNames) {
    NotifySocket socket;
    const auto manager = ServiceManager::connect();
    ASSERT_TRUE(manager);
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    manager->keep("netns-1", null.get());
    const auto kept = socket.receive();
    EXPECT_EQ(kept.text, "FDSTORE=1\nFDPOLL=0\nFDNAME=netns-1");
    ASSERT_EQ(kept.descriptors.size(), 1U);
    struct stat ours{};
    struct stat theirs{};
    ASSERT_EQ(::fstat(null.get(), &ours), 0);
    ASSERT_EQ(::fstat(kept.descriptors.front().get(), &theirs), 0);
    EXPECT_EQ(ours.st_rdev, theirs.st_rdev);
    manager->forget("netns-1");
    EXPECT_EQ(socket.receive().text, "FDSTOREREMOVE=1\nFDNAME=netns-1");
}

TEST(ServiceManager, HearsWhenItsSilenceCountsAsDeath) {
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    const auto manager = ServiceManager::connect();
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
    ASSERT_TRUE(manager && manager->heartbeat());
    EXPECT_EQ(*manager->heartbeat(), std::chrono::seconds(15));
}

/// Descriptors are passed at fixed numbers, which a test may own only in a process of its own.
[[noreturn]] void take_passed_descriptors() {
    for (int fd = k_first_passed; fd < k_first_passed + 3; ++fd) {
        const int null = ::open("/dev/null", O_RDONLY);
        if (null != fd && ::dup2(null, fd) < 0) std::_Exit(10);
    }
    ::setenv("LISTEN_FDS", "3", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", "netns-a:api:netns-b", 1);
    auto manager = ServiceManager::connect();
    if (!manager || std::getenv("LISTEN_FDS") != nullptr) std::_Exit(11);
    const auto listeners = manager->take("api");
    if (listeners.size() != 1 || listeners.front().get() != k_first_passed + 1) std::_Exit(12);
    if ((::fcntl(listeners.front().get(), F_GETFD) & FD_CLOEXEC) == 0) std::_Exit(13);
    const auto namespaces = manager->take_all("netns-");
    if (namespaces.size() != 2 || namespaces[1].name != "netns-b") std::_Exit(14);
    std::_Exit(manager->take("api").empty() ? 0 : 15);
}

TEST(ServiceManagerDeathTest, GivesPassedDescriptorsAwayByName) {
    EXPECT_EXIT(take_passed_descriptors(), testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace redoubt::node::host

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/peer_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>

#include "common/base/file.hpp"

namespace redoubt::services::simtee {
namespace {

/// Both ends of a connection; who made it is this process.
std::array<UniqueFd, 2> connect_to_self() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

TEST(PeerProcess, ReadsTheStartTimeBehindAnyName) {
    const std::string tail = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20";
    for (const auto* name : {"qemu", "a b", ") S 1 (", "((", ""})
        EXPECT_EQ(parse_start_ticks("77 (" + std::string(name) + ")" + tail).value(), 4242U) << name;
    for (const auto* text : {"", "77", "77 (qemu)", "77 (qemu) S 1 2", "77 (qemu)S"})
        EXPECT_FALSE(parse_start_ticks(text)) << text;
}

TEST(PeerProcess, ReadsWhoDebugsAProcess) {
    EXPECT_EQ(parse_tracer("Name:\tx\nTracerPid:\t0\nUid:\t0\n").value(), 0);
    EXPECT_EQ(parse_tracer("Name:\tx\nTracerPid:\t12\n").value(), 12);
    for (const auto* text : {"", "TracerPid:\t0\n", "Name:\tTracerPid:\t0\n", "Name:\tx\nTracerPid:\tx\n"})
        EXPECT_FALSE(parse_tracer(text)) << text;
}

TEST(PeerProcess, TakesApartWhatTheKernelSeparatesByNul) {
    EXPECT_EQ(split_at_nul(std::string_view("a\0\0b c\0", 7)), (std::vector<std::string>{"a", "", "b c"}));
    EXPECT_EQ(split_at_nul("unended"), (std::vector<std::string>{"unended"}));
    EXPECT_TRUE(split_at_nul("").empty());
}

TEST(PeerProcess, KnowsADescriptorByItsPath) {
    EXPECT_EQ(descriptor_in("/proc/self/fd/12"), 12);
    EXPECT_EQ(descriptor_in("/dev/fd/0"), 0);
    for (const auto* path : {"/proc/self/fd/", "/proc/self/fd/x", "/proc/self/fd/-1", "/proc/self/fd/1/2",
                             "/proc/1/fd/3", "/dev/fdset/3", "boot"})
        EXPECT_EQ(descriptor_in(path), -1) << path;
}

TEST(PeerProcess, SeesTheProcessThatConnected) {
    const auto ends = connect_to_self();
    const auto peer = PeerProcess::of(ends[0].get());
    ASSERT_TRUE(peer) << peer.error().message;
    EXPECT_EQ(peer->pid(), ::getpid());
    EXPECT_EQ(peer->uid(), ::getuid());
    const auto view = peer->look();
    ASSERT_TRUE(view) << view.error().message;
    ASSERT_FALSE(view->arguments.empty());
    EXPECT_NE(view->arguments[0].find("services_simtee_test"), std::string::npos);
    EXPECT_EQ(view->tracer, 0);
    EXPECT_EQ(*peer->look(), *view);
    const auto started = PeerProcess::started_at(view->start_ticks).value();
    EXPECT_LT(started, std::chrono::system_clock::now());
    EXPECT_GT(started, std::chrono::system_clock::now() - std::chrono::hours(1));
}

TEST(PeerProcess, OpensFilesAsThatProcessWould) {
    const auto ends = connect_to_self();
    const auto peer = PeerProcess::of(ends[0].get());
    ASSERT_TRUE(peer);
    const auto path = std::filesystem::temp_directory_path() / std::format("redoubt-peer-{}", ::getpid());
    ASSERT_TRUE(write_file(path, "boot"));
    const auto own = open_file(path, O_RDONLY);
    const auto by_path = peer->open(path.native());
    const auto by_descriptor = peer->open(std::format("/proc/self/fd/{}", own->get()));
    ASSERT_TRUE(by_path) << by_path.error().message;
    ASSERT_TRUE(by_descriptor) << by_descriptor.error().message;
    EXPECT_EQ(identify(by_path->get()).value(), identify(by_descriptor->get()).value());
    // Another file in its place is another file, though it is as long.
    const auto before = identify(own->get()).value();
    ASSERT_TRUE(write_file(path, "toob"));
    EXPECT_NE(identify(peer->open(path.native())->get()).value(), before);
    EXPECT_FALSE(peer->open("boot"));
    // A link could be turned to another file while QEMU reads it, and back.
    const auto link = path.native() + ".link";
    std::filesystem::create_symlink(path, link);
    EXPECT_FALSE(peer->open(link));
    std::filesystem::remove(link);
    EXPECT_FALSE(identify(peer->open("/tmp")->get()));
    std::filesystem::remove(path);
}

TEST(PeerProcess, AProgramThatOthersMayWriteIsNotBelieved) {
    const auto path = std::filesystem::temp_directory_path() / std::format("redoubt-program-{}", ::getpid());
    ASSERT_TRUE(write_file(path, "program", 0755));
    ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
    EXPECT_TRUE(identify_program(path));
    for (const mode_t mode : {0775U, 0757U}) {
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
        const auto identity = identify_program(path);
        ASSERT_FALSE(identity) << mode;
        EXPECT_EQ(identity.error().code, Code::permission_denied);
    }
    std::filesystem::remove(path);
    EXPECT_FALSE(identify_program(path));
}

TEST(PeerProcess, IsRefusedOnceItHasEnded) {
    // A child connects to a listening socket, and is gone before it is looked at.
    const auto path = std::filesystem::temp_directory_path() / std::format("redoubt-gone-{}", ::getpid());
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::ranges::copy(path.native(), std::begin(address.sun_path));
    const auto* place = reinterpret_cast<const sockaddr*>(&address);
    const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(listener.get(), place, sizeof address), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const int own = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ::_exit(::connect(own, place, sizeof address) == 0 ? ::pause() : 1);
    }
    const UniqueFd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const auto peer = PeerProcess::of(connection.get());
    ASSERT_TRUE(peer) << peer.error().message;
    EXPECT_EQ(peer->pid(), child);
    EXPECT_TRUE(peer->look());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_FALSE(peer->look());
    EXPECT_FALSE(peer->open("/etc/passwd"));
    EXPECT_FALSE(PeerProcess::of(connection.get()));
    std::filesystem::remove(path);
}

} // namespace
} // namespace redoubt::services::simtee

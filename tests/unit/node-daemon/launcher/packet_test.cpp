// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/protocol/packet.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "node-daemon/launcher/protocol/messages.hpp"

namespace redoubt::node::launcher {
namespace {

struct Pair {
    UniqueFd one;
    UniqueFd other;
};

Pair make_pair(int type = SOCK_SEQPACKET) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) ADD_FAILURE();
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

TEST(LauncherPacket, BringsBytesAndDescriptors) {
    const auto pair = make_pair();
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(send_packet(pair.one.get(), "hello", {null.get(), null.get()}));
    const auto packet = receive_packet(pair.other.get());
    ASSERT_TRUE(packet && *packet);
    EXPECT_EQ((*packet)->bytes, "hello");
    ASSERT_EQ((*packet)->descriptors.size(), 2U);
    struct stat sent{};
    struct stat come{};
    ASSERT_EQ(::fstat(null.get(), &sent), 0);
    ASSERT_EQ(::fstat((*packet)->descriptors.back().get(), &come), 0);
    EXPECT_EQ(sent.st_rdev, come.st_rdev);
    EXPECT_TRUE(static_cast<unsigned>(::fcntl((*packet)->descriptors[0].get(), F_GETFD)) & FD_CLOEXEC);
}

TEST(LauncherPacket, IsNothingWhereNothingHasCome) {
    const auto pair = make_pair();
    const auto packet = receive_packet(pair.other.get());
    ASSERT_TRUE(packet);
    EXPECT_FALSE(*packet);
}

TEST(LauncherPacket, TellsThatThePeerIsGone) {
    auto pair = make_pair();
    pair.one.reset();
    const auto packet = receive_packet(pair.other.get());
    ASSERT_FALSE(packet);
    EXPECT_EQ(packet.error().code, Code::unavailable);
    EXPECT_FALSE(send_packet(pair.other.get(), "x", {}));
}

TEST(LauncherPacket, IsRefusedBeyondItsSize) {
    const auto pair = make_pair();
    EXPECT_FALSE(send_packet(pair.one.get(), std::string(k_most_bytes + 1, 'x'), {}));
    const std::string large(k_most_bytes + 1, 'x');
    ASSERT_EQ(::send(pair.one.get(), large.data(), large.size(), 0), static_cast<ssize_t>(large.size()));
    const auto packet = receive_packet(pair.other.get());
    ASSERT_FALSE(packet);
    EXPECT_EQ(packet.error().code, Code::invalid_argument);
}

TEST(LauncherPacket, ClosesWhatCameWithOneThatIsRefused) {
    const auto pair = make_pair();
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const auto before = open_descriptors();
    EXPECT_FALSE(send_packet(pair.one.get(), "x", std::vector(k_most_descriptors + 1, null.get())));
    ASSERT_TRUE(send_packet(pair.one.get(), "x", std::vector(k_most_descriptors, null.get())));
    EXPECT_EQ(open_descriptors(), before);
    {
        const auto packet = receive_packet(pair.other.get());
    }
    EXPECT_EQ(open_descriptors(), before);
}

} // namespace
} // namespace redoubt::node::launcher

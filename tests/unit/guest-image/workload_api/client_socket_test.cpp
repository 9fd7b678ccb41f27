// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/workload_api/client_socket.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <format>
#include <optional>

#include "common/base/file.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::guest::workload_api {
namespace {

namespace fs = std::filesystem;

constexpr LoopbackPair k_pair{.client = 40000, .server = 8006};

/// An answer of the kernel's for a client of k_pair.
struct Answer {
    inet_diag_msg head{};
    std::optional<std::uint64_t> group = 7;

    Answer() {
        head.idiag_family = AF_INET;
        head.idiag_state = TCP_ESTABLISHED;
        head.id.idiag_sport = htons(k_pair.client);
        head.id.idiag_dport = htons(k_pair.server);
        head.id.idiag_src[0] = head.id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
    }
    [[nodiscard]] std::string bytes() const {
        netlink::Request request(0, 0);
        request.fixed(head);
        if (group) request.put_value(INET_DIAG_CGROUP_ID, *group);
        return request.finish(0).substr(16); // behind the header of netlink
    }
};

TEST(ClientSocket, IsOfTheGroupTheKernelNames) {
    EXPECT_EQ(read_client(k_pair, Answer().bytes()).value(), 7U);
    Answer half_closed;
    half_closed.head.idiag_state = TCP_FIN_WAIT2;
    EXPECT_EQ(read_client(k_pair, half_closed.bytes()).value(), 7U);
    Answer of_ipv6;
    of_ipv6.head.idiag_family = AF_INET6;
    for (auto* address : {of_ipv6.head.id.idiag_src, of_ipv6.head.id.idiag_dst}) {
        address[0] = address[1] = 0;
        address[2] = htonl(0xffff);
        address[3] = htonl(INADDR_LOOPBACK);
    }
    EXPECT_EQ(read_client(k_pair, of_ipv6.bytes()).value(), 7U);
}

TEST(ClientSocket, IsNobodysWhenTheAnswerIsOfAnotherSocket) {
    const auto refused = [](auto change) {
        Answer answer;
        change(answer);
        return !read_client(k_pair, answer.bytes());
    };
    EXPECT_TRUE(refused([](Answer& a) { a.head.id.idiag_sport = htons(40001); }));
    EXPECT_TRUE(refused([](Answer& a) { a.head.id.idiag_dport = htons(80); }));
    EXPECT_TRUE(refused([](Answer& a) { a.head.id.idiag_src[0] = htonl(0x0a000001); }));
    EXPECT_TRUE(refused([](Answer& a) { a.head.id.idiag_dst[0] = htonl(0x0a000001); }));
    EXPECT_TRUE(refused([](Answer& a) { a.head.idiag_family = AF_INET6; }));
    EXPECT_TRUE(refused([](Answer& a) { a.head.idiag_state = TCP_LISTEN; }));
    EXPECT_TRUE(refused([](Answer& a) { a.head.idiag_state = TCP_SYN_SENT; }));
    EXPECT_TRUE(refused([](Answer& a) { a.head.idiag_state = TCP_TIME_WAIT; }));
    EXPECT_TRUE(refused([](Answer& a) { a.head.idiag_state = TCP_CLOSE_WAIT; }));
    EXPECT_TRUE(refused([](Answer& a) { a.group = {}; }));
    EXPECT_FALSE(read_client(k_pair, Answer().bytes().substr(0, 40)));
    EXPECT_FALSE(read_client(k_pair, ""));
}

/// The folder of the one hierarchy of version 2; empty: this machine has none that can be used.
fs::path groups() {
    for (const auto* place : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        struct statfs facts{};
        if (::statfs(place, &facts) == 0 && facts.f_type == CGROUP2_SUPER_MAGIC) return place;
    }
    return {};
}

std::uint64_t inode_of(const fs::path& path) {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

std::uint16_t port_of(const UniqueFd& socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
}

/// A server, and a client that a process of a group of its own has made, and that this process holds.
class ClientOfAGroup : public testing::Test {
  protected:
    void SetUp() override {
        const auto parent = groups();
        std::error_code error;
        group_ = parent / std::format("redoubt-client-socket-test-{}", ::getpid());
        if (parent.empty() || !fs::create_directory(group_, error))
            GTEST_SKIP() << "no control groups to make";
        server_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        auto address = loopback(0);
        ASSERT_EQ(::bind(server_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::listen(server_.get(), 8), 0);
    }
    void TearDown() override {
        std::error_code error;
        fs::remove(group_, error);
    }

    /// A child that makes a client's socket in the group and hands it over.
    UniqueFd client_of_group() {
        int ends[2] = {};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        const UniqueFd ours(ends[0]);
        const UniqueFd theirs(ends[1]);
        const pid_t child = ::fork();
        if (child == 0) ::_exit(make_client(theirs.get()) ? 0 : 1);
        auto client = receive(ours.get());
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
        return client;
    }

    [[nodiscard]] Result<std::uint64_t> ask(std::uint16_t client) const {
        RDT_TRY(auto kernel, netlink::Socket::open(NETLINK_SOCK_DIAG));
        return cgroup_of_client(kernel, {.client = client, .server = port_of(server_)});
    }

    fs::path group_;
    UniqueFd server_;

  private:
    /// A message of one byte, with room for a descriptor.
    struct Parcel {
        char byte = 0;
        iovec data{};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};

        /// Points into this.
        msghdr message() {
            data = {&byte, 1};
            msghdr made{};
            made.msg_iov = &data;
            made.msg_iovlen = 1;
            made.msg_control = control;
            made.msg_controllen = sizeof control;
            return made;
        }
    };

    [[nodiscard]] bool make_client(int channel) const {
        if (!write_existing(group_ / "cgroup.procs", std::to_string(::getpid()))) return false;
        const UniqueFd client(::socket(AF_INET, SOCK_STREAM, 0));
        const auto address = loopback(port_of(server_));
        if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return false;
        Parcel parcel;
        const auto message = parcel.message();
        auto* const head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        *reinterpret_cast<int*>(CMSG_DATA(head)) = client.get();
        return ::sendmsg(channel, &message, 0) == 1;
    }

    static UniqueFd receive(int channel) {
        Parcel parcel;
        auto message = parcel.message();
        if (::recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1) return {};
        auto* const head = CMSG_FIRSTHDR(&message);
        return head == nullptr ? UniqueFd() : UniqueFd(*reinterpret_cast<int*>(CMSG_DATA(head)));
    }
};

TEST_F(ClientOfAGroup, IsKnownByWhoMadeItWhoeverHoldsItNow) {
    const auto client = client_of_group();
    ASSERT_TRUE(client);
    const auto group = ask(port_of(client));
    ASSERT_TRUE(group) << group.error().message;
    EXPECT_EQ(*group, inode_of(group_));
}

TEST_F(ClientOfAGroup, IsNobodyOnceItIsClosed) {
    auto client = client_of_group();
    const auto port = port_of(client);
    client.reset();
    const UniqueFd accepted(::accept(server_.get(), nullptr, nullptr));
    ::shutdown(accepted.get(), SHUT_RDWR);
    EXPECT_EQ(ask(port).error().code, Code::permission_denied);
}

TEST_F(ClientOfAGroup, IsNotWhoListensAtItsPort) {
    EXPECT_EQ(ask(port_of(server_)).error().code, Code::permission_denied);
    EXPECT_EQ(ask(1).error().code, Code::permission_denied);
}

} // namespace
} // namespace redoubt::guest::workload_api

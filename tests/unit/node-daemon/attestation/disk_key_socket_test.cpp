// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/attestation/disk_key_socket.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>

#include <cstdlib>
#include <filesystem>
#include <list>
#include <optional>
#include <vector>

#include "common/async/task_scope.hpp"

namespace redoubt::node::attestation {
namespace {

using Socket = asio::local::stream_protocol::socket;

/// What systemd does with a key file that is a socket: connect, shut its own side down, read to the end.
struct Reader {
    explicit Reader(asio::io_context& context) : socket(context) {}
    Socket socket;
    std::string read;
    bool has_ended = false;
};

asio::awaitable<void> read_key(Reader& reader) {
    std::ignore = co_await asio::async_read(reader.socket, asio::dynamic_buffer(reader.read), k_as_tuple);
    reader.has_ended = true;
}

class DiskKeySocketTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
        auto made = DiskKeySocket::listen(context_.get_executor(), path(),
                                          [this](const ucred& peer) { peers_.push_back(peer.pid); });
        ASSERT_TRUE(made) << made.error().message;
        socket_ = std::move(*made);
        serving_.spawn(socket_->serve());
    }
    void TearDown() override {
        serving_.cancel();
        context_.restart();
        context_.run();
        EXPECT_EQ(serving_.size(), 0U);
        socket_.reset();
        EXPECT_FALSE(std::filesystem::exists(path()));
        std::filesystem::remove_all(folder_);
    }

    std::filesystem::path path() const { return std::filesystem::path(folder_) / "disk-key"; }

    Reader& connect() {
        auto& reader = readers_.emplace_back(context_);
        reader.socket.connect(asio::local::stream_protocol::endpoint(path().native()));
        reader.socket.shutdown(Socket::shutdown_send);
        serving_.spawn(read_key(reader));
        return reader;
    }
    /// Until nothing is left to do but wait.
    void settle() {
        for (int turn = 0; turn < 10; ++turn) {
            context_.restart();
            context_.poll();
        }
    }
    void take(std::string_view key) {
        std::optional<Status> out;
        asio::co_spawn(context_, socket_->take(key),
                       [&out](const std::exception_ptr&, Status status) { out = std::move(status); });
        settle();
        taken_ = out.value_or(fail(Code::unknown, "not run"));
    }

    asio::awaitable<void> lose() { EXPECT_TRUE(co_await socket_->lose("refused")); }

    std::string folder_ = "/tmp/redoubt-disk-key-XXXXXX";
    asio::io_context context_;
    std::unique_ptr<DiskKeySocket> socket_;
    TaskScope serving_{context_.get_executor()};
    std::list<Reader> readers_;
    std::vector<pid_t> peers_;
    Status taken_;
};

TEST_F(DiskKeySocketTest, OnlyItsUserMayConnect) {
    struct stat status{};
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_TRUE(S_ISSOCK(status.st_mode));
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(DiskKeySocketTest, WhoComesBeforeTheKeyWaitsForIt) {
    auto& early = connect();
    settle();
    EXPECT_FALSE(early.has_ended);
    const std::string key("a key\0with\nall bytes", 21);
    take(key);
    EXPECT_TRUE(taken_);
    EXPECT_TRUE(early.has_ended);
    EXPECT_EQ(early.read, key);
    auto& late = connect();
    settle();
    EXPECT_EQ(late.read, key);
    EXPECT_EQ(peers_, (std::vector{::getpid(), ::getpid()}));
}

TEST_F(DiskKeySocketTest, NobodyGetsAKeyThatTheBrokerHasTakenBack) {
    take("the key");
    serving_.spawn(lose());
    settle();
    auto& reader = connect();
    settle();
    EXPECT_FALSE(reader.has_ended);
    take("the next key");
    EXPECT_EQ(reader.read, "the next key");
}

TEST_F(DiskKeySocketTest, AnEmptyKeyIsNone) {
    auto& reader = connect();
    take("");
    ASSERT_FALSE(taken_);
    EXPECT_EQ(taken_.error().code, Code::invalid_argument);
    EXPECT_FALSE(reader.has_ended);
}

TEST_F(DiskKeySocketTest, WhoGoesAwayWhileWaitingMakesRoomForOthers) {
    for (int round = 0; round < 100; ++round) {
        auto& reader = connect();
        settle();
        reader.socket.close();
        settle();
    }
    auto& reader = connect();
    take("the key");
    EXPECT_EQ(reader.read, "the key");
}

TEST_F(DiskKeySocketTest, WhatAKilledDaemonLeftIsReplaced) {
    const auto other = path().native() + "-other";
    std::filesystem::rename(path(), other); // nobody removes it
    auto again = DiskKeySocket::listen(context_.get_executor(), other, {});
    EXPECT_TRUE(again) << again.error().message;
    EXPECT_FALSE(DiskKeySocket::listen(context_.get_executor(), folder_ + "/none/disk-key", {}));
}

} // namespace
} // namespace redoubt::node::attestation

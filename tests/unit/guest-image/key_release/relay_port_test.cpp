// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/relay_port.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::key_release {
namespace {

using relay::Frame;
using relay::FrameType;

/// The guest's end, and a daemon played by hand.
class RelayPortTest : public ttrpc::ConnectionTest {
  protected:
    RelayPortTest() {
        auto [near, far] = connected_pair();
        port_ = std::make_unique<RelayPort>(std::move(near));
        daemon_ = std::move(far);
    }

    void send(const Frame& frame) { ASSERT_TRUE(run(daemon_->write(relay::encode(frame)))); }
    void send_bytes(std::string bytes) { ASSERT_TRUE(run(daemon_->write(std::move(bytes)))); }

    /// What the guest has sent so far, at least `count` frames.
    std::vector<Frame> sent(std::size_t count) {
        std::vector<Frame> frames;
        while (frames.size() < count) {
            std::array<char, 65536> buffer{};
            const auto size = run(daemon_->read_some(buffer));
            if (!size || *size == 0) break;
            for (auto& frame : reader_.feed({buffer.data(), *size}).value())
                frames.push_back(std::move(frame));
        }
        return frames;
    }

    std::unique_ptr<ttrpc::ByteStream> open(std::uint16_t stream) {
        send({.type = FrameType::opened, .stream = stream, .payload = {}});
        auto connected = run(port_->connect());
        EXPECT_TRUE(connected) << connected.error().message;
        return connected ? *std::move(connected) : nullptr;
    }

    Result<std::string> read(ttrpc::ByteStream& stream) {
        std::array<char, 64> buffer{};
        const auto size = run(stream.read_some(buffer));
        if (!size) return std::unexpected(size.error());
        return std::string(buffer.data(), *size);
    }

    std::unique_ptr<ttrpc::ByteStream> daemon_;
    std::unique_ptr<RelayPort> port_;
    relay::FrameReader reader_;
};

TEST_F(RelayPortTest, CarriesBytesBothWaysUntilTheDaemonCloses) {
    const auto stream = open(1);
    ASSERT_TRUE(run(stream->write("hello")));
    send({.type = FrameType::data, .stream = 1, .payload = "wor"});
    send({.type = FrameType::data, .stream = 1, .payload = "ld"});
    EXPECT_EQ(read(*stream), "wor");
    EXPECT_EQ(read(*stream), "ld");
    send({.type = FrameType::close, .stream = 1, .payload = {}});
    EXPECT_EQ(read(*stream), "");
    EXPECT_EQ(sent(2), (std::vector<Frame>{{.type = FrameType::open, .stream = 1, .payload = {}},
                                           {.type = FrameType::data, .stream = 1, .payload = "hello"}}));
    EXPECT_FALSE(run(stream->write("more")));
}

TEST_F(RelayPortTest, ClosesTheConnectionBeforeItMakesAnother) {
    const auto first = open(1);
    const auto second = open(2);
    EXPECT_EQ(sent(3), (std::vector<Frame>{{.type = FrameType::open, .stream = 1, .payload = {}},
                                           {.type = FrameType::close, .stream = 1, .payload = {}},
                                           {.type = FrameType::open, .stream = 2, .payload = {}}}));
    EXPECT_FALSE(run(first->write("late")));
}

TEST_F(RelayPortTest, ClosesAConnectionThatItGaveUpBeforeThereWasOne) {
    auto given_up = within(std::chrono::milliseconds(20), "test", port_->connect());
    EXPECT_EQ(run(std::move(given_up)).error().code, Code::deadline_exceeded);
    std::ignore = open(2);
    EXPECT_EQ(sent(3), (std::vector<Frame>{{.type = FrameType::open, .stream = 1, .payload = {}},
                                           {.type = FrameType::close, .stream = 1, .payload = {}},
                                           {.type = FrameType::open, .stream = 2, .payload = {}}}));
}

TEST_F(RelayPortTest, PassesOverWhatIsLeftOfAnOlderConnection) {
    std::ignore = open(1);
    send({.type = FrameType::data, .stream = 1, .payload = "late"});
    send({.type = FrameType::close, .stream = 1, .payload = "late too"});
    const auto second = open(2);
    send({.type = FrameType::data, .stream = 2, .payload = "new"});
    EXPECT_EQ(read(*second), "new");
}

TEST_F(RelayPortTest, SaysInTheDaemonsWordsWhyThereIsNoConnection) {
    send({.type = FrameType::close, .stream = 1, .payload = "connect: refused"});
    EXPECT_EQ(run(port_->connect()).error(), (Error{Code::unavailable, "relay: connect: refused"}));
    EXPECT_NE(open(2), nullptr);
}

TEST_F(RelayPortTest, GivesUpAPortThatSendsWhatIsNoFrame) {
    send_bytes("this is no frame");
    EXPECT_EQ(run(port_->connect()).error().code, Code::unavailable);
    const auto again = run(port_->connect());
    ASSERT_FALSE(again);
    EXPECT_TRUE(again.error().message.contains("given up")) << again.error().message;
}

TEST_F(RelayPortTest, SendsNoFrameThatThePortWouldTakeInPieces) {
    const auto stream = open(1);
    scope_.spawn([](ttrpc::ByteStream& to) -> asio::awaitable<void> {
        std::ignore = co_await to.write(std::string(40000, 'x'));
    }(*stream));
    std::size_t bytes = 0;
    for (const auto& frame : sent(4)) {
        EXPECT_LE(frame.payload.size(), 16384U);
        bytes += frame.payload.size();
    }
    EXPECT_EQ(bytes, 40000U);
}

} // namespace
} // namespace redoubt::guest::key_release

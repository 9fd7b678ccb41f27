// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/relay/relay.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <deque>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "common/async/task_scope.hpp"
#include "common/relay/frame.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"

namespace redoubt::node::relay {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using redoubt::relay::Frame;
using redoubt::relay::FrameReader;
using redoubt::relay::FrameType;
using Port = asio::local::stream_protocol;

constexpr int k_patience_seconds = 20;

template <class Socket>
void set_patience(Socket& socket) {
    const timeval limit{.tv_sec = k_patience_seconds, .tv_usec = 0};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

/// The guest's end of the port: what QEMU passes on.
class Guest {
  public:
    explicit Guest(Port::socket port) : port_(std::move(port)) { set_patience(port_); }

    void send(std::string_view bytes) { asio::write(port_, asio::buffer(bytes)); }
    void send(FrameType type, std::uint16_t stream, std::string payload = {}) {
        send(redoubt::relay::encode({.type = type, .stream = stream, .payload = std::move(payload)}));
    }
    /// Nothing: the daemon has closed its end.
    std::optional<Frame> next() {
        while (frames_.empty()) {
            std::array<char, 4096> buffer{};
            boost::system::error_code error;
            const auto size = port_.read_some(asio::buffer(buffer), error);
            if (error) return std::nullopt;
            for (auto& frame : reader_.feed({buffer.data(), size}).value())
                frames_.push_back(std::move(frame));
        }
        auto frame = std::move(frames_.front());
        frames_.pop_front();
        return frame;
    }
    /// Data of one stream up to a size.
    std::string take(std::size_t size) {
        std::string all;
        while (all.size() < size) {
            const auto frame = next();
            if (!frame || frame->type != FrameType::data) break;
            all += frame->payload;
        }
        return all;
    }

  private:
    Port::socket port_;
    FrameReader reader_;
    std::deque<Frame> frames_;
};

Frame frame(FrameType type, std::uint16_t stream, std::string payload = {}) {
    return {.type = type, .stream = stream, .payload = std::move(payload)};
}

class Relay : public testing::Test {
  protected:
    Relay()
        : qemu_(own_, Port::endpoint((folder_.path() / "relay.sock").native())),
          broker_(own_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        options_.socket = folder_.path() / "relay.sock";
        options_.broker = {"127.0.0.1", std::to_string(broker_.local_endpoint().port())};
        options_.pause = 10ms;
    }
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;
    Relay(Relay&&) = delete;
    Relay& operator=(Relay&&) = delete;
    ~Relay() override {
        asio::post(daemon_, [this] { scope_.cancel(); });
        if (thread_.joinable()) thread_.join();
    }

    /// The daemon begins to serve; its end of the port.
    Guest begin() {
        asio::post(daemon_, [this] { scope_.spawn(serve(options_)); });
        thread_ = std::thread([this] { daemon_.run(); });
        return meet();
    }
    Guest meet() { return Guest(qemu_.accept()); }
    tcp::socket accept() {
        auto socket = broker_.accept();
        set_patience(socket);
        return socket;
    }

    test::TemporaryFolder folder_;
    asio::io_context own_;
    asio::io_context daemon_{1};
    TaskScope scope_{daemon_.get_executor()};
    RelayOptions options_;
    Port::acceptor qemu_;
    tcp::acceptor broker_;
    std::thread thread_;
};

std::string read_from(tcp::socket& socket, std::size_t size) {
    std::string bytes(size, '\0');
    boost::system::error_code error;
    bytes.resize(asio::read(socket, asio::buffer(bytes), error));
    return bytes;
}

TEST_F(Relay, MovesBytesBothWays) {
    auto guest = begin();
    guest.send(FrameType::open, 1);
    auto broker = accept();
    EXPECT_EQ(guest.next(), frame(FrameType::opened, 1));
    guest.send(FrameType::data, 1, "hello");
    EXPECT_EQ(read_from(broker, 5), "hello");
    asio::write(broker, asio::buffer(std::string_view("welcome")));
    EXPECT_EQ(guest.take(7), "welcome");
    const std::string much(300'000, 'm');
    std::thread writer([&] { asio::write(broker, asio::buffer(much)); });
    EXPECT_EQ(guest.take(much.size()), much);
    writer.join();
    guest.send(redoubt::relay::encode_data(1, much));
    EXPECT_EQ(read_from(broker, much.size()), much);
}

TEST_F(Relay, SaysWhenTheBrokerHasEnded) {
    auto guest = begin();
    guest.send(FrameType::open, 1);
    auto broker = accept();
    EXPECT_EQ(guest.next(), frame(FrameType::opened, 1));
    asio::write(broker, asio::buffer(std::string_view("bye")));
    broker.close();
    EXPECT_EQ(guest.next(), frame(FrameType::data, 1, "bye"));
    EXPECT_EQ(guest.next(), frame(FrameType::close, 1));
    guest.send(FrameType::open, 2);
    auto again = accept();
    EXPECT_EQ(guest.next(), frame(FrameType::opened, 2));
}

TEST_F(Relay, EndsTheConnectionWhenTheGuestCloses) {
    auto guest = begin();
    guest.send(FrameType::open, 7);
    auto broker = accept();
    EXPECT_EQ(guest.next(), frame(FrameType::opened, 7));
    guest.send(FrameType::data, 7, "last");
    guest.send(FrameType::close, 7);
    EXPECT_EQ(read_from(broker, 5), "last"); // and the end
    guest.send(FrameType::data, 7, "late");
    EXPECT_EQ(guest.next(), frame(FrameType::close, 7, "no such stream"));
}

TEST_F(Relay, TakesTheNextStreamRightBehindTheLast) {
    auto guest = begin();
    std::vector<tcp::socket> brokers; // none of which closes by itself
    guest.send(FrameType::open, 1);
    for (std::uint16_t number = 1; number <= 40; ++number) {
        brokers.push_back(accept());
        EXPECT_EQ(guest.next(), frame(FrameType::opened, number));
        guest.send(FrameType::data, number, "x");
        EXPECT_EQ(read_from(brokers.back(), 1), "x");
        const Frame next = frame(FrameType::open, static_cast<std::uint16_t>(number + 1));
        guest.send(redoubt::relay::encode_close(number) + redoubt::relay::encode(next));
    }
}

TEST_F(Relay, ServesOneStreamAtATime) {
    auto guest = begin();
    guest.send(FrameType::open, 1);
    auto broker = accept();
    EXPECT_EQ(guest.next(), frame(FrameType::opened, 1));
    guest.send(FrameType::open, 2);
    EXPECT_EQ(guest.next(), frame(FrameType::close, 2, "busy"));
    guest.send(FrameType::close, 9);
    guest.send(FrameType::data, 1, "still");
    EXPECT_EQ(read_from(broker, 5), "still");
}

TEST_F(Relay, SaysWhyNobodyAnswers) {
    broker_.close(); // its port refuses from here on
    auto guest = begin();
    guest.send(FrameType::open, 3);
    const auto answer = guest.next();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->type, FrameType::close);
    EXPECT_EQ(answer->payload, options_.broker.str() + ": Connection refused");
}

TEST_F(Relay, ClosesAStreamOnWhichNothingMoves) {
    options_.idle_limit = 100ms;
    auto guest = begin();
    guest.send(FrameType::open, 1);
    auto broker = accept();
    EXPECT_EQ(guest.next(), frame(FrameType::opened, 1));
    EXPECT_EQ(guest.next(), frame(FrameType::close, 1, "idle"));
    EXPECT_EQ(read_from(broker, 1), "");
}

TEST_F(Relay, GivesThePortUpAfterWhatIsNoFrameAndComesBack) {
    auto guest = begin();
    guest.send(FrameType::open, 1);
    auto broker = accept();
    EXPECT_EQ(guest.next(), frame(FrameType::opened, 1));
    guest.send(std::string(8, '\xff'));
    EXPECT_EQ(guest.next(), std::nullopt);
    EXPECT_EQ(read_from(broker, 1), "");
    auto again = meet();
    again.send(FrameType::opened, 1);
    EXPECT_EQ(again.next(), std::nullopt);
    auto third = meet();
    third.send(FrameType::open, 1);
    auto next = accept();
    EXPECT_EQ(third.next(), frame(FrameType::opened, 1));
}

TEST_F(Relay, EndsWithTheVm) {
    {
        auto guest = begin();
        guest.send(FrameType::open, 1);
        auto broker = accept();
        EXPECT_EQ(guest.next(), frame(FrameType::opened, 1));
        qemu_.close();
    }
    thread_.join(); // the task has ended by itself
    EXPECT_EQ(scope_.size(), 0U);
}

TEST_F(Relay, EndsWhenItIsCancelled) {
    auto guest = begin();
    guest.send(FrameType::open, 1);
    auto broker = accept();
    EXPECT_EQ(guest.next(), frame(FrameType::opened, 1));
    asio::post(daemon_, [this] { scope_.cancel(); });
    thread_.join();
    EXPECT_EQ(scope_.size(), 0U);
    EXPECT_EQ(read_from(broker, 1), "");
}

} // namespace
} // namespace redoubt::node::relay

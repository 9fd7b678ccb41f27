// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/link_stream.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <span>
#include <vector>

#include "common/ttrpc/client.hpp"
#include "common/ttrpc/serial_link.hpp"
#include "common/ttrpc/server.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::ttrpc {
namespace {

using namespace std::chrono_literals;

/// More than the stream holds, with bytes that need escapes.
const std::string k_big = std::string(1'000'000, 'x') + std::string(5'000, '\x7e');

/// A virtio-serial port between a host and a guest that serves: the host's end can be replaced, the bytes
/// stay.
class SerialLinkSession : public ConnectionTest {
  protected:
    SerialLinkSession() : guest_(context_), host_(context_) {
        asio::local::connect_pair(guest_, host_);
        server_.add("test.Service", "Echo",
                    [](std::string payload, CallContext) -> Task<std::string> { co_return payload; });
        server_.add("test.Service", "Big",
                    [](std::string, CallContext) -> Task<std::string> { co_return k_big; });
    }

    void boot_guest() {
        scope_.spawn([](Server& server, std::unique_ptr<ByteStream> wire) -> asio::awaitable<void> {
            std::ignore = co_await server.serve_link(std::move(wire));
        }(server_, make_socket_stream(std::move(guest_))));
    }
    /// The host's end as a new daemon would open it.
    std::unique_ptr<ByteStream> open_host() {
        asio::local::stream_protocol::socket socket(context_);
        socket.assign(asio::local::stream_protocol(), ::fcntl(host_.native_handle(), F_DUPFD_CLOEXEC, 0));
        return make_socket_stream(std::move(socket));
    }
    std::unique_ptr<Client> connect() {
        auto session = run(within(60s, "link", connect_link(open_host())));
        EXPECT_TRUE(session) << session.error().message;
        return session ? std::make_unique<Client>(context_.get_executor(), *std::move(session)) : nullptr;
    }
    void expect_echo(Client& client) {
        EXPECT_EQ(run(client.call("test.Service", "Echo", "~hello}", 60s)), "~hello}");
    }

    asio::local::stream_protocol::socket guest_;
    asio::local::stream_protocol::socket host_;
    Server server_;
};

TEST_F(SerialLinkSession, CarriesCalls) {
    boot_guest();
    const auto client = connect();
    expect_echo(*client);
    const auto big = run(client->call("test.Service", "Big", "", 60s));
    ASSERT_TRUE(big);
    EXPECT_EQ(*big, k_big);
}

TEST_F(SerialLinkSession, WaitsForAGuestThatBootsLater) {
    std::unique_ptr<ByteStream> session;
    scope_.spawn(
        [](std::unique_ptr<ByteStream> wire, std::unique_ptr<ByteStream>& out) -> asio::awaitable<void> {
            if (auto connected = co_await connect_link(std::move(wire))) out = *std::move(connected);
        }(open_host(), session));
    settle();
    EXPECT_FALSE(session);
    boot_guest();
    settle();
    ASSERT_TRUE(session);
    Client client(context_.get_executor(), std::move(session));
    expect_echo(client);
}

TEST_F(SerialLinkSession, GivesUpOnASilentGuest) {
    const auto session = run(within(10ms, "agent", connect_link(open_host())));
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Code::deadline_exceeded);
}

TEST_F(SerialLinkSession, ServesANewHostWhereverTheOldOneStoppedSending) {
    boot_guest();
    RequestEnvelope request;
    request.service = "test.Service";
    request.method = "Echo";
    request.payload = "~}";
    const std::string sent =
        render_reset({'o', 'l', 'd'}) +
        render_link_data(*encode_frame({.stream_id = 1, .data = render_request(request)}));
    for (std::size_t size = 0; size <= sent.size(); ++size) {
        auto old = open_host();
        ASSERT_TRUE(run(old->write(sent.substr(0, size))));
        if (size % 2 == 0) settle(1ms); // let the guest answer what it has, or not
        old.reset();
        const auto client = connect();
        ASSERT_TRUE(client);
        expect_echo(*client);
    }
}

TEST_F(SerialLinkSession, ServesANewHostWhereverTheOldOneStoppedReading) {
    boot_guest();
    for (const std::size_t size : {0UZ, 1UZ, 2UZ, 17UZ, 18UZ, 19UZ, 40UZ, 5'000UZ, 100'000UZ}) {
        auto wire = open_host();
        RequestEnvelope request;
        request.service = "test.Service";
        request.method = "Big";
        ASSERT_TRUE(run(
            wire->write(render_reset({'o', 'l', 'd'}) +
                        render_link_data(*encode_frame({.stream_id = 1, .data = render_request(request)})))));
        // The answer fills the stream; the old host takes some of it and is gone.
        settle(10ms);
        std::vector<char> buffer(size);
        for (std::span<char> left = buffer; !left.empty();) {
            const auto taken = run(wire->read_some(left));
            ASSERT_TRUE(taken);
            left = left.subspan(*taken);
        }
        wire.reset();
        const auto client = connect();
        ASSERT_TRUE(client);
        expect_echo(*client);
    }
}

TEST_F(SerialLinkSession, EndsForAHostWhoseSessionTheGuestHasLost) {
    LinkListener listener(make_socket_stream(std::move(guest_)));
    scope_.spawn([](LinkListener& from) -> asio::awaitable<void> {
        EXPECT_TRUE(co_await from.accept());
        co_await sleep_for(20ms); // the agent dies; another one takes the port
        std::ignore = co_await from.accept();
    }(listener));
    const auto client = connect();
    EXPECT_TRUE(client->is_open());
    const auto outcome = run(client->call("test.Service", "Echo", "", 60s));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error(), (Error{Code::unavailable, "the other end has started anew"}));
}

TEST_F(SerialLinkSession, ReportsTheEndOfTheWire) {
    host_.close();
    const auto outcome = run(server_.serve_link(make_socket_stream(std::move(guest_))));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::unavailable);
}

} // namespace
} // namespace redoubt::ttrpc

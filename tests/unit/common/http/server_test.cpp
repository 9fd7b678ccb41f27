// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "common/http/client.hpp"

namespace redoubt::http {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

asio::awaitable<ServerResponse> echo(ServerRequest request) {
    co_return ServerResponse{
        request.method == "PUT" ? 201U : 200U,
        {{"X-Path", std::string(request.path())}, {"X-Query", std::string(request.query())}},
        request.body};
}

/// A plain server and what talks to it, on one strand.
struct World {
    explicit World(ServerLimits limits = {}) {
        ServerOptions options;
        options.limits = limits;
        server = Server::listen(context.get_executor(), "127.0.0.1:0", std::move(options), echo).value();
        server->start();
    }
    void run(asio::awaitable<void> test) {
        asio::co_spawn(
            context,
            [](World& world, asio::awaitable<void> inner) -> asio::awaitable<void> {
                co_await std::move(inner);
                co_await world.server->stop(1s);
            }(*this, std::move(test)),
            [](const std::exception_ptr& error) {
                if (error) std::rethrow_exception(error);
            });
        context.run();
    }
    /// Sends bytes as they are, and gives all that comes until the server closes.
    asio::awaitable<std::string> raw(std::string bytes) {
        tcp::socket socket(context);
        co_await socket.async_connect({asio::ip::address_v4::loopback(), server->port()},
                                      asio::use_awaitable);
        co_await asio::async_write(socket, asio::buffer(bytes), k_as_tuple);
        std::string answer;
        co_await asio::async_read(socket, asio::dynamic_buffer(answer), k_as_tuple);
        co_return answer;
    }

    asio::io_context context{1};
    std::unique_ptr<Server> server;
};

TEST(HttpServer, AnswersAClient) {
    World world;
    world.run([](World& self) -> asio::awaitable<void> {
        Client client({});
        Request request{"POST", std::format("http://127.0.0.1:{}/a/b?c=d", self.server->port()), {}, "body"};
        const auto response = co_await client.send(request);
        EXPECT_TRUE(response);
        if (!response) co_return;
        EXPECT_EQ(response->status, 200U);
        EXPECT_EQ(response->body, "body");
        EXPECT_EQ(response->headers.find("x-path"), "/a/b");
        EXPECT_EQ(response->headers.find("x-query"), "c=d");
    }(world));
}

TEST(HttpServer, AnswersManyRequestsOnOneConnectionUpToItsLimit) {
    ServerLimits limits;
    limits.requests_of_connection = 2;
    World world(limits);
    world.run([](World& self) -> asio::awaitable<void> {
        const std::string one = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
        const auto answer = co_await self.raw(one + one + one);
        EXPECT_EQ(
            answer,
            "HTTP/1.1 200 OK\r\nX-Path: /x\r\nX-Query: \r\nContent-Length: 0\r\n\r\n"
            "HTTP/1.1 200 OK\r\nX-Path: /x\r\nX-Query: \r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }(world));
}

TEST(HttpServer, RefusesWhatIsTooLarge) {
    ServerLimits limits;
    limits.body_bytes = 10;
    limits.header_bytes = 200;
    World world(limits);
    world.run([](World& self) -> asio::awaitable<void> {
        EXPECT_TRUE((co_await self.raw("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n12345678901"))
                        .starts_with("HTTP/1.1 413 "));
        EXPECT_TRUE((co_await self.raw("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                                       "chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"))
                        .starts_with("HTTP/1.1 413 "));
        EXPECT_TRUE((co_await self.raw("GET / HTTP/1.1\r\nX: " + std::string(300, 'a') + "\r\n\r\n"))
                        .starts_with("HTTP/1.1 431 "));
        EXPECT_TRUE((co_await self.raw("nonsense\r\n\r\n")).starts_with("HTTP/1.1 400 "));
    }(world));
}

TEST(HttpServer, GivesNobodyMoreThanItsTime) {
    ServerLimits limits;
    limits.header = 50ms;
    limits.body = 50ms;
    World world(limits);
    world.run([](World& self) -> asio::awaitable<void> {
        EXPECT_EQ(co_await self.raw(""), "");
        EXPECT_EQ(co_await self.raw("GET / HT"), "");
        EXPECT_EQ(co_await self.raw("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12"), "");
        EXPECT_EQ(self.server->connections(), 0U);
    }(world));
}

TEST(HttpServer, TakesOnlySoManyConnections) {
    ServerLimits limits;
    limits.connections_of_peer = 1;
    limits.header = 200ms;
    World world(limits);
    world.run([](World& self) -> asio::awaitable<void> {
        tcp::socket first(self.context);
        co_await first.async_connect({asio::ip::address_v4::loopback(), self.server->port()},
                                     asio::use_awaitable);
        while (self.server->connections() == 0) co_await sleep_for(1ms);
        EXPECT_EQ(co_await self.raw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "");
        first.close();
        while (self.server->connections() != 0) co_await sleep_for(1ms);
        EXPECT_TRUE((co_await self.raw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
                        .starts_with("HTTP/1.1 200 OK"));
    }(world));
}

TEST(HttpServer, SaysWhereAPeerIsAndSendsASecretWholeBeforeItIsWiped) {
    asio::io_context context{1};
    std::uint16_t seen = 0;
    const auto handler = [&seen](ServerRequest request) -> asio::awaitable<ServerResponse> {
        seen = request.peer.port;
        co_return ServerResponse{
            .status = 200, .headers = {}, .body = std::string(5000, 's'), .is_secret = true};
    };
    const auto server = Server::listen(context.get_executor(), "127.0.0.1:0", {}, handler).value();
    server->start();
    std::uint16_t port = 0;
    std::string answer;
    const auto ask = [&]() -> asio::awaitable<void> {
        tcp::socket socket(context);
        co_await socket.async_connect({asio::ip::address_v4::loopback(), server->port()},
                                      asio::use_awaitable);
        port = socket.local_endpoint().port();
        const std::string words = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        co_await asio::async_write(socket, asio::buffer(words), k_as_tuple);
        co_await asio::async_read(socket, asio::dynamic_buffer(answer), k_as_tuple);
        co_await server->stop(1s);
    };
    asio::co_spawn(context, ask(), [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    });
    context.run();
    EXPECT_NE(port, 0U);
    EXPECT_EQ(seen, port);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(5000, 's')));
}

TEST(HttpServer, RefusesAddressesThatAreNone) {
    asio::io_context context;
    for (const auto* text : {"", "localhost:1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                             "[::1", "127.0.0.1:1x"})
        EXPECT_FALSE(Server::listen(context.get_executor(), text, {}, echo)) << text;
    ServerOptions options;
    options.identity.certificate_chain = "not a certificate";
    EXPECT_EQ(Server::listen(context.get_executor(), "127.0.0.1:0", std::move(options), echo).error().code,
              Code::invalid_argument);
}

} // namespace
} // namespace redoubt::http

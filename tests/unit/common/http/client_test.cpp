// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <optional>
#include <vector>

#include "common/async/task_scope.hpp"

namespace redoubt::http {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

/// Answers one connection after the other with prepared texts and keeps what was asked. An empty answer stays
/// silent.
class Server {
  public:
    explicit Server(asio::io_context& context)
        : acceptor_(context, {asio::ip::make_address("127.0.0.1"), 0}) {}

    [[nodiscard]] std::string endpoint() const {
        return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

    asio::awaitable<void> serve(std::vector<std::string> answers) {
        std::vector<tcp::socket> open;
        for (const auto& answer : answers) {
            auto [error, socket] = co_await acceptor_.async_accept(k_as_tuple);
            if (error) co_return;
            std::string request;
            co_await asio::async_read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", k_as_tuple);
            requests.push_back(request);
            co_await asio::async_write(socket, asio::buffer(answer), k_as_tuple);
            if (answer.empty()) open.push_back(std::move(socket));
        }
        if (!open.empty()) co_await sleep_for(1h);
    }

    std::vector<std::string> requests;

  private:
    tcp::acceptor acceptor_;
};

class ClientTest : public testing::Test {
  protected:
    /// Runs `task` while the server gives its answers.
    template <class T>
    Result<T> run(std::vector<std::string> answers, Task<T> task) {
        scope_.spawn(server_.serve(std::move(answers)));
        std::optional<Result<T>> out;
        asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error, Result<T> value) {
            if (error) std::rethrow_exception(error);
            out = std::move(value);
            scope_.cancel();
        });
        context_.run();
        return *std::move(out);
    }
    [[nodiscard]] std::string url(const std::string& target) const {
        return "http://" + server_.endpoint() + target;
    }

    asio::io_context context_;
    Server server_{context_};
    TaskScope scope_{context_.get_executor()};
};

std::string answer(std::string_view status, std::string_view headers, std::string_view body) {
    return std::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

TEST_F(ClientTest, SendsARequestAndKeepsTheAnswer) {
    Client client({});
    Request request{.method = "POST", .url = url("/a?b=c"), .headers = {{"X-Test", "1"}}, .body = "text"};
    const auto response =
        run({answer("201 Created", "X-Answer: yes\r\n", "made")}, client.send(request)).value();
    EXPECT_EQ(response.status, 201U);
    EXPECT_EQ(response.body, "made");
    EXPECT_EQ(response.headers.find("x-answer"), "yes");
    EXPECT_TRUE(
        server_.requests[0].starts_with("POST /a?b=c HTTP/1.1\r\nX-Test: 1\r\nHost: " + server_.endpoint()));
    EXPECT_TRUE(server_.requests[0].contains("Content-Length: 4\r\n"));
}

TEST_F(ClientTest, FollowsRedirectsAndKeepsAuthorizationOnTheSameHost) {
    Client client({});
    Request request{.url = url("/one"), .headers = {{"Authorization", "secret"}}};
    const auto response = run({answer("307 Moved", "Location: /two\r\n", ""), answer("200 OK", "", "here")},
                              client.send(request))
                              .value();
    EXPECT_EQ(response.body, "here");
    EXPECT_EQ(response.url, url("/two"));
    EXPECT_TRUE(server_.requests[1].contains("Authorization: secret"));
}

TEST_F(ClientTest, DropsAuthorizationAtAnotherHost) {
    Client client({});
    Request request{.url = url("/one"), .headers = {{"Authorization", "secret"}}};
    auto other = url("/two");
    other.replace(other.find("127.0.0.1"), 9, "localhost");
    const auto response =
        run({answer("302 Found", "Location: " + other + "\r\n", ""), answer("200 OK", "", "")},
            client.send(request));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_FALSE(server_.requests[1].contains("secret"));
}

TEST_F(ClientTest, GivesUpEndlessRedirects) {
    Client client({});
    const std::vector answers(6, answer("302 Found", "Location: /again\r\n", ""));
    const auto response = run(answers, client.send({.url = url("/")}));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().message, server_.endpoint() + ": more than 5 redirects");
}

TEST_F(ClientTest, GivesUpAStalledTransfer) {
    ClientOptions options;
    options.deadlines.idle = 50ms;
    Client client(options);
    const auto response = run({""}, client.send({.url = url("/")}));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error(), (Error{Code::deadline_exceeded,
                                       "read from " + server_.endpoint() + ": nothing happened for 50 ms"}));
}

TEST_F(ClientTest, GivesUpASilentTlsHandshake) {
    ClientOptions options;
    options.deadlines.handshake = 50ms;
    Client client(options);
    const auto response = run({""}, client.send({.url = "https://" + server_.endpoint()}));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Code::deadline_exceeded);
    EXPECT_TRUE(response.error().message.starts_with("TLS handshake with ")) << response.error().message;
}

TEST_F(ClientTest, NamesHostAndStepOfARefusedConnection) {
    Client client({});
    const auto response = run({}, client.send({.url = "http://127.0.0.1:1/"}));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error(), (Error{Code::unavailable, "connect to 127.0.0.1:1: Connection refused"}));
}

TEST_F(ClientTest, AsksAProxyForTheWholeUrl) {
    ClientOptions options;
    options.proxies.for_http = parse_url("http://me:pw@" + server_.endpoint()).value();
    Client client(options);
    const auto response =
        run({answer("200 OK", "", "by proxy")}, client.send({.url = "http://registry.test/x"}));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_TRUE(
        server_.requests[0].starts_with("GET http://registry.test/x HTTP/1.1\r\nHost: registry.test\r\n"));
    EXPECT_TRUE(server_.requests[0].contains("Proxy-Authorization: Basic bWU6cHc=\r\n"));
}

TEST_F(ClientTest, TunnelsTlsThroughAProxy) {
    ClientOptions options;
    options.proxies.for_https = parse_url("http://" + server_.endpoint()).value();
    Client client(options);
    const auto response = run({"HTTP/1.1 403 No\r\n\r\n"}, client.send({.url = "https://registry.test/x"}));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().message,
              "proxy " + server_.endpoint() + " to registry.test:443: refused with status 403");
    EXPECT_TRUE(
        server_.requests[0].starts_with("CONNECT registry.test:443 HTTP/1.1\r\nHost: registry.test:443\r\n"));
}

TEST_F(ClientTest, RefusesAHeaderThatBreaksItsLine) {
    Client client({});
    const auto response = run({}, client.send({.url = url("/"), .headers = {{"X", "a\r\nEvil: 1"}}}));
    EXPECT_EQ(response.error().code, Code::invalid_argument);
}

TEST_F(ClientTest, EndsWhenCancelled) {
    Client client({});
    const auto response = run({""}, within(50ms, "request", client.send({.url = url("/")})));
    EXPECT_EQ(response.error().code, Code::deadline_exceeded);
}

} // namespace
} // namespace redoubt::http

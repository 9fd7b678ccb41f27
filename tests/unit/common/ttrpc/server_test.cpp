// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/server.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <stdexcept>

#include "common/ttrpc/client.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"
#include "ttrpc.pb.h"

namespace redoubt::ttrpc {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

Task<std::string> echo(std::string payload, CallContext) {
    co_return payload;
}

class TtrpcServer : public ConnectionTest {
  protected:
    explicit TtrpcServer(ServerLimits limits = {}) : server_(limits), release_(context_.get_executor()) {
        server_.add("test.Service", "Echo", echo);
        server_.add("test.Service", "Wait", [this](std::string payload, CallContext) -> Task<std::string> {
            ++waiting_;
            co_await release_.wait();
            --waiting_;
            co_return payload;
        });
    }

    std::unique_ptr<Peer> connect_peer() {
        auto [near, far] = connected_pair();
        scope_.spawn(server_.serve(std::move(far)));
        return std::make_unique<Peer>(std::move(near));
    }
    std::unique_ptr<Client> connect_client() {
        auto [near, far] = connected_pair();
        scope_.spawn(server_.serve(std::move(far)));
        return std::make_unique<Client>(context_.get_executor(), std::move(near));
    }
    Result<std::string> call(Client& client, std::string method, std::string payload = {},
                             std::optional<Duration> timeout = {}) {
        return run(client.call("test.Service", std::move(method), std::move(payload), timeout));
    }
    void send_request(Peer& peer, std::uint32_t id, std::string method, std::string payload = {}) {
        ASSERT_TRUE(run(peer.request(id, "test.Service", std::move(method), std::move(payload))));
    }
    std::pair<std::uint32_t, Result<std::string>> next_response(Peer& peer) {
        return run(peer.next_response()).value();
    }
    /// The peer's connection still works.
    void expect_alive(Peer& peer, std::uint32_t id) {
        send_request(peer, id, "Echo", "alive");
        EXPECT_EQ(next_response(peer), std::pair(id, Result<std::string>("alive")));
    }

    Server server_;
    AsyncEvent release_;
    int waiting_ = 0;
};

TEST_F(TtrpcServer, AnswersWithTheHandlersResult) {
    const auto client = connect_client();
    EXPECT_EQ(call(*client, "Echo", "hello"), "hello");
    EXPECT_EQ(call(*client, "Echo", ""), "");
}

TEST_F(TtrpcServer, TellsTheHandlerAboutItsCall) {
    CallContext seen;
    server_.add("test.Service", "Look", [&seen](std::string, CallContext context) -> Task<std::string> {
        seen = std::move(context);
        co_return "";
    });
    const auto client = connect_client();
    ASSERT_TRUE(call(*client, "Look", "", 30s));
    EXPECT_EQ(seen.service, "test.Service");
    EXPECT_EQ(seen.method, "Look");
    EXPECT_EQ(seen.timeout, 30s);
}

TEST_F(TtrpcServer, RunsCallsBesideEachOther) {
    const auto peer = connect_peer();
    send_request(*peer, 1, "Wait", "slow");
    expect_alive(*peer, 3);
    release_.set();
    EXPECT_EQ(next_response(*peer), std::pair(1U, Result<std::string>("slow")));
}

TEST_F(TtrpcServer, SaysWhichServiceOrMethodItLacks) {
    const auto client = connect_client();
    EXPECT_EQ(run(client->call("other.Service", "Echo", "", 1s)).error(),
              (Error{Code::unimplemented, "no service 'other.Service' here"}));
    EXPECT_EQ(call(*client, "Fly").error(),
              (Error{Code::unimplemented, "service 'test.Service' does not implement 'Fly'"}));
}

TEST_F(TtrpcServer, PassesOnTheHandlersError) {
    server_.add("test.Service", "Fail", [](std::string, CallContext) -> Task<std::string> {
        co_return fail(Code::not_found, "no container '{}'", "caf\xc3\xa9");
    });
    const auto client = connect_client();
    EXPECT_EQ(call(*client, "Fail").error(), (Error{Code::not_found, "no container 'caf\?\?'"}));
}

TEST_F(TtrpcServer, AnswersInternalWhenAHandlerThrows) {
    server_.add("test.Service", "Throw", [](std::string, CallContext) -> Task<std::string> {
        throw std::runtime_error("oops");
        co_return "";
    });
    const auto client = connect_client();
    EXPECT_EQ(call(*client, "Throw").error(), (Error{Code::internal, "oops"}));
    EXPECT_EQ(call(*client, "Echo", "still here"), "still here");
}

TEST_F(TtrpcServer, HandlesMessagesAndRefusesMalformedOnes) {
    server_.add_message<wire::KeyValue, wire::KeyValue>(
        "test.Service", "Swap", [](wire::KeyValue request, CallContext) -> Task<wire::KeyValue> {
            wire::KeyValue response;
            response.set_key(request.value());
            response.set_value(request.key());
            co_return response;
        });
    const auto client = connect_client();
    wire::KeyValue request;
    request.set_key("a");
    request.set_value("b");
    const auto response = run(client->call_message<wire::KeyValue>("test.Service", "Swap", request, 30s));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->key() + response->value(), "ba");

    const auto refused = call(*client, "Swap", "\xff\xff\xff");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid_argument);
    EXPECT_THAT(refused.error().message,
                ::testing::HasSubstr("test.Service.Swap: malformed redoubt.ttrpc.wire.KeyValue"));
}

TEST_F(TtrpcServer, RefusesAMalformedEnvelope) {
    const auto peer = connect_peer();
    ASSERT_TRUE(run(peer->send({.stream_id = 1, .data = "\xff\xff"})));
    const auto [id, outcome] = next_response(*peer);
    EXPECT_EQ(id, 1U);
    EXPECT_EQ(outcome.error(), (Error{Code::invalid_argument, "malformed ttrpc request"}));
    expect_alive(*peer, 3);
}

TEST_F(TtrpcServer, DrainsAnOversizeRequestAndGoesOn) {
    const auto peer = connect_peer();
    ASSERT_TRUE(run(
        peer->send_bytes("\x00\x40\x00\x01\x00\x00\x00\x01\x01\x00"s + std::string(k_data_limit + 1, 'x'))));
    const auto [id, outcome] = next_response(*peer);
    EXPECT_EQ(id, 1U);
    EXPECT_EQ(outcome.error(),
              (Error{Code::resource_exhausted, "request of 4194305 bytes is over the limit of 4194304"}));
    expect_alive(*peer, 3);
}

TEST_F(TtrpcServer, RefusesAnAnswerOverTheLimit) {
    server_.add("test.Service", "Big", [](std::string, CallContext) -> Task<std::string> {
        co_return std::string(k_data_limit + 1, 'x');
    });
    const auto client = connect_client();
    EXPECT_EQ(call(*client, "Big").error().code, Code::resource_exhausted);
    EXPECT_EQ(call(*client, "Echo", "still here"), "still here");
}

TEST_F(TtrpcServer, RefusesStreamIdsThatAreEvenOrDoNotGrow) {
    const auto peer = connect_peer();
    expect_alive(*peer, 5);
    for (const std::uint32_t id : {0U, 6U, 5U, 3U}) {
        send_request(*peer, id, "Echo");
        const auto [answered, outcome] = next_response(*peer);
        EXPECT_EQ(answered, id);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, Code::invalid_argument);
    }
    expect_alive(*peer, 7);
}

TEST_F(TtrpcServer, RefusesStreamingCallsAndStrayData) {
    const auto peer = connect_peer();
    ASSERT_TRUE(run(peer->send({.stream_id = 1, .flags = k_flag_remote_open, .data = {}})));
    EXPECT_EQ(next_response(*peer).second.error().code, Code::unimplemented);
    ASSERT_TRUE(run(peer->send({.stream_id = 1, .type = FrameType::data, .data = "x"})));
    EXPECT_EQ(next_response(*peer).second.error().code, Code::invalid_argument);
    expect_alive(*peer, 3);
}

TEST_F(TtrpcServer, CancelsAHandlerWhoseCallersTimeHasPassed) {
    const auto peer = connect_peer();
    RequestEnvelope request;
    request.service = "test.Service";
    request.method = "Wait";
    request.timeout = 10ms;
    ASSERT_TRUE(run(peer->send({.stream_id = 1, .data = render_request(request)})));
    EXPECT_EQ(next_response(*peer).second.error(),
              (Error{Code::deadline_exceeded, "test.Service.Wait: no answer within 10 ms"}));
    request.timeout = -1ns; // had passed before it was sent
    ASSERT_TRUE(run(peer->send({.stream_id = 3, .data = render_request(request)})));
    EXPECT_EQ(next_response(*peer).second.error().code, Code::deadline_exceeded);
}

TEST_F(TtrpcServer, CancelsHandlersWhenTheConnectionEndsAndServesOthersOn) {
    int ended = 0;
    server_.add("test.Service", "Forever", [&ended](std::string, CallContext) -> Task<std::string> {
        const auto count = std::unique_ptr<int, void (*)(int*)>(&ended, [](int* value) { ++*value; });
        while (true) co_await sleep_for(1ms); // does not look whether it was cancelled
    });
    const auto leaving = connect_peer();
    const auto staying = connect_peer();
    send_request(*leaving, 1, "Forever");
    send_request(*leaving, 3, "Forever");
    settle();
    EXPECT_EQ(scope_.size(), 2U);
    leaving->close();
    settle(50ms);
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(scope_.size(), 1U);
    expect_alive(*staying, 1);
}

TEST_F(TtrpcServer, AnswersAThousandLargeCallsAtOnce) {
    const auto client = connect_client();
    const std::string payload(100'000, 'x');
    int answered = 0;
    for (int i = 0; i < 1000; ++i) {
        scope_.spawn([](Client& from, std::string text, int& count) -> asio::awaitable<void> {
            const auto size = text.size();
            const auto outcome = co_await from.call("test.Service", "Echo", std::move(text), {});
            if (outcome && outcome->size() == size) ++count;
        }(*client, payload, answered));
    }
    for (int i = 0; i < 6000 && answered < 1000; ++i) settle(10ms);
    EXPECT_EQ(answered, 1000);
}

class TtrpcServerWithFewCalls : public TtrpcServer {
  protected:
    TtrpcServerWithFewCalls() : TtrpcServer({.calls_in_flight = 2}) {}
};

TEST_F(TtrpcServerWithFewCalls, RefusesMoreCallsThanItsLimit) {
    const auto peer = connect_peer();
    for (const std::uint32_t id : {1U, 3U, 5U}) send_request(*peer, id, "Wait");
    const auto [id, outcome] = next_response(*peer);
    EXPECT_EQ(id, 5U);
    EXPECT_EQ(outcome.error(), (Error{Code::resource_exhausted, "2 calls are in flight already"}));
    release_.set();
    std::ignore = next_response(*peer);
    std::ignore = next_response(*peer);
    expect_alive(*peer, 7);
}

TEST_F(TtrpcServer, AsksTheGuardBeforeAnyHandlerAndOfMethodsThatDoNotExistToo) {
    std::vector<std::string> asked;
    server_.set_guard([&](const CallContext& call, std::string_view payload) -> Result<Admission> {
        asked.push_back(call.method + ":" + std::string(payload));
        if (payload == "open") return Admission::whole;
        return fail(Code::permission_denied, "not today");
    });
    const auto client = connect_client();
    EXPECT_EQ(call(*client, "Echo", "open"), "open");
    EXPECT_EQ(call(*client, "Echo", "shut").error(), (Error{Code::permission_denied, "not today"}));
    EXPECT_EQ(call(*client, "Nothing", "shut").error().code, Code::permission_denied);
    EXPECT_EQ(call(*client, "Nothing", "open").error().code, Code::unimplemented);
    EXPECT_THAT(asked, testing::ElementsAre("Echo:open", "Echo:shut", "Nothing:shut", "Nothing:open"));
}

TEST_F(TtrpcServer, TellsTheHandlerWhatTheGuardLeavesOfItsAnswer) {
    server_.add("test.Service", "Look", [](std::string, CallContext context) -> Task<std::string> {
        co_return context.admission == Admission::redacted ? "redacted" : "whole";
    });
    const auto client = connect_client();
    EXPECT_EQ(call(*client, "Look"), "whole");
    server_.set_guard([](const CallContext&, std::string_view) { return Admission::redacted; });
    EXPECT_EQ(call(*client, "Look"), "redacted");
}

TEST_F(TtrpcServer, TakesAGuardThatThrowsForARefusal) {
    server_.set_guard([](const CallContext&, std::string_view) -> Result<Admission> {
        throw std::runtime_error("out of order");
    });
    const auto client = connect_client();
    EXPECT_EQ(call(*client, "Echo").error(), (Error{Code::internal, "out of order"}));
}

TEST_F(TtrpcServer, ServesSeveralConnectionsOfAUnixSocket) {
    const auto path = std::filesystem::temp_directory_path() / "server.sock";
    asio::local::stream_protocol::acceptor acceptor(context_, asio::local::stream_protocol::endpoint(path));
    bool is_ended = false;
    scope_.spawn(
        [](Server& server, asio::local::stream_protocol::acceptor from, bool& out) -> asio::awaitable<void> {
            out = (co_await server.serve_unix(std::move(from))).has_value();
        }(server_, std::move(acceptor), is_ended));
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 3; ++i) {
        auto stream = run(connect_unix(path));
        ASSERT_TRUE(stream);
        clients.push_back(std::make_unique<Client>(context_.get_executor(), *std::move(stream)));
    }
    for (auto& client : clients) EXPECT_EQ(call(*client, "Echo", "hello"), "hello");
    scope_.cancel();
    settle();
    EXPECT_TRUE(is_ended);
    for (auto& client : clients) EXPECT_FALSE(client->is_open());
    std::filesystem::remove(path);
}

} // namespace
} // namespace redoubt::ttrpc

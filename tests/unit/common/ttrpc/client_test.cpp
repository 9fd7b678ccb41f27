// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/client.hpp"

#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::ttrpc {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

class TtrpcClient : public ConnectionTest {
  protected:
    TtrpcClient() {
        auto [near, far] = connected_pair();
        client_ = std::make_unique<Client>(context_.get_executor(), std::move(near));
        peer_ = std::make_unique<Peer>(std::move(far));
    }
    void TearDown() override {
        client_.reset();
        ConnectionTest::TearDown();
    }

    /// Starts a call beside the test; its outcome appears in the returned place.
    std::shared_ptr<std::optional<Result<std::string>>> start(std::string method,
                                                              std::optional<Duration> timeout = {}) {
        auto place = std::make_shared<std::optional<Result<std::string>>>(); // shared with the coroutine
        scope_.spawn([](Client& client, std::string name, std::optional<Duration> limit,
                        decltype(place) out) -> asio::awaitable<void> {
            *out = co_await client.call("test.Service", std::move(name), "request", limit);
        }(*client_, std::move(method), timeout, place));
        return place;
    }
    std::optional<Frame> next_frame() {
        return run([](Peer& peer) -> Task<std::optional<Frame>> {
                   co_return co_await peer.next_frame();
               }(*peer_))
            .value();
    }
    void respond(std::uint32_t id, Result<std::string> outcome) {
        ASSERT_TRUE(run(peer_->respond(id, std::move(outcome))));
        settle();
    }

    std::unique_ptr<Client> client_;
    std::unique_ptr<Peer> peer_;
};

TEST_F(TtrpcClient, SendsRequestsOnOddGrowingStreams) {
    const auto first = start("First", 30s);
    const auto second = start("Second");
    for (const std::uint32_t id : {1U, 3U}) {
        const auto frame = next_frame();
        ASSERT_TRUE(frame);
        EXPECT_EQ(frame->stream_id, id);
        EXPECT_EQ(frame->type, FrameType::request);
        EXPECT_EQ(frame->flags, 0);
        const auto request = parse_request(frame->data);
        ASSERT_TRUE(request);
        EXPECT_EQ(request->service, "test.Service");
        EXPECT_EQ(request->method, id == 1 ? "First" : "Second");
        EXPECT_EQ(request->payload, "request");
        EXPECT_EQ(request->timeout, id == 1 ? 30s : 0s);
    }
}

TEST_F(TtrpcClient, MatchesAnswersThatComeOutOfOrder) {
    const auto first = start("First");
    const auto second = start("Second");
    settle();
    respond(3, "for the second"s);
    EXPECT_FALSE(first->has_value());
    EXPECT_EQ(*second, Result<std::string>("for the second"));
    respond(1, "for the first"s);
    EXPECT_EQ(*first, Result<std::string>("for the first"));
}

TEST_F(TtrpcClient, ReportsTheServersStatusUnchanged) {
    const auto call = start("Fail");
    settle();
    respond(1, fail(Code::permission_denied, "Fail is blocked by policy"));
    EXPECT_EQ(*call, Result<std::string>(fail(Code::permission_denied, "Fail is blocked by policy")));
}

TEST_F(TtrpcClient, TimesOutAndDropsTheLateAnswer) {
    const auto call = start("Slow", 10ms);
    settle(100ms);
    ASSERT_TRUE(call->has_value());
    EXPECT_EQ((*call)->error(),
              (Error{Code::deadline_exceeded, "test.Service.Slow: no answer within 10 ms"}));
    respond(1, "late"s);
    const auto next = start("Next");
    settle();
    respond(3, "in time"s);
    EXPECT_EQ(*next, Result<std::string>("in time"));
}

TEST_F(TtrpcClient, AbandonsACallWhoseWaiterIsCancelled) {
    const auto call = start("Slow");
    settle();
    scope_.cancel();
    settle();
    ASSERT_TRUE(call->has_value());
    EXPECT_EQ((*call)->error().code, Code::cancelled);
    respond(1, "late"s);
    EXPECT_TRUE(client_->is_open());
}

TEST_F(TtrpcClient, FailsWhatIsInFlightWhenThePeerCloses) {
    const auto first = start("First");
    const auto second = start("Second", 1h);
    settle();
    peer_->close();
    settle();
    const Error closed{Code::unavailable, "the peer has closed the connection"};
    ASSERT_TRUE(first->has_value() && second->has_value());
    EXPECT_EQ((*first)->error(), closed);
    EXPECT_EQ((*second)->error(), closed);
    EXPECT_FALSE(client_->is_open());
    EXPECT_EQ(run(client_->call("test.Service", "After", "", 1s)).error(), closed);
}

TEST_F(TtrpcClient, ClosedReturnsWhenTheStreamHasEnded) {
    bool is_closed = false;
    scope_.spawn([](Client& client, bool& out) -> asio::awaitable<void> {
        co_await client.closed();
        out = true;
    }(*client_, is_closed));
    settle();
    EXPECT_FALSE(is_closed);
    peer_->close();
    settle();
    EXPECT_TRUE(is_closed);
}

TEST_F(TtrpcClient, DestroyingItFailsWhatIsInFlight) {
    const auto call = start("Slow");
    settle();
    client_.reset();
    settle();
    ASSERT_TRUE(call->has_value());
    EXPECT_EQ((*call)->error(), (Error{Code::unavailable, "the client has closed the connection"}));
}

TEST_F(TtrpcClient, RefusesARequestOverTheLimit) {
    const auto outcome = run(client_->call("test.Service", "Big", std::string(k_data_limit + 1, 'x'), 1s));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::resource_exhausted);
    EXPECT_TRUE(client_->is_open());
}

TEST_F(TtrpcClient, OversizeAnswerFailsItsCallAlone) {
    const auto first = start("First");
    const auto second = start("Second");
    settle();
    ASSERT_TRUE(run(
        peer_->send_bytes("\x00\x40\x00\x01\x00\x00\x00\x01\x02\x00"s + std::string(k_data_limit + 1, 'x'))));
    respond(3, "small"s);
    ASSERT_TRUE(first->has_value());
    EXPECT_EQ((*first)->error().code, Code::resource_exhausted);
    EXPECT_EQ(*second, Result<std::string>("small"));
}

TEST_F(TtrpcClient, MalformedAnswerFailsItsCallAlone) {
    const auto first = start("First");
    settle();
    ASSERT_TRUE(run(peer_->send({.stream_id = 1, .type = FrameType::response, .data = "\xff\xff"})));
    settle();
    ASSERT_TRUE(first->has_value());
    EXPECT_EQ((*first)->error().code, Code::data_loss);
    EXPECT_TRUE(client_->is_open());
}

TEST_F(TtrpcClient, IgnoresFramesThatNobodyAskedFor) {
    const auto call = start("First");
    settle();
    ASSERT_TRUE(run(peer_->send({.stream_id = 1, .type = FrameType::data, .data = "stray"})));
    respond(99, "stray"s);
    respond(1, "mine"s);
    EXPECT_EQ(*call, Result<std::string>("mine"));
}

} // namespace
} // namespace redoubt::ttrpc

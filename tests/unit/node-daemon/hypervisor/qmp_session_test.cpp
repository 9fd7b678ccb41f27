// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/qmp_session.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "common/async/task_scope.hpp"
#include "tests/unit/node-daemon/hypervisor/run_task.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

using namespace std::chrono_literals;
using Protocol = asio::local::stream_protocol;

/// The other end of a session: sends what the test says, remembers what it gets.
struct Peer {
    test::TemporaryFolder folder;
    asio::io_context context;
    TaskScope scope{context.get_executor()};
    Protocol::acceptor acceptor{context, Protocol::endpoint((folder.path() / "qmp.sock").native())};
    Protocol::socket socket{context};
    std::vector<std::string> events;
    std::string heard;
    std::shared_ptr<QmpSession> session = std::make_shared<QmpSession>(
        context.get_executor(), [this](const QmpEvent& event) { events.push_back(event.name); });

    Peer() {
        EXPECT_TRUE(session->connect(folder.path() / "qmp.sock"));
        acceptor.accept(socket);
        scope.spawn(session->receive());
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    Peer(Peer&&) = delete;
    Peer& operator=(Peer&&) = delete;
    ~Peer() {
        session->close();
        socket.close();
        context.restart();
        context.run();
    }

    void say(std::string_view text) { socket.send(asio::buffer(text)); }
    /// Says `text` once it has heard something.
    void answer(std::string text) {
        scope.spawn([](Peer& peer, std::string words) -> asio::awaitable<void> {
            std::array<char, 4096> buffer{};
            const auto [error, count] =
                co_await peer.socket.async_read_some(asio::buffer(buffer), k_as_tuple);
            peer.heard = {buffer.data(), count};
            if (!error) peer.say(words);
        }(*this, std::move(text)));
    }
};

constexpr auto k_greeting = R"({"QMP": {"version": {"qemu": {"micro": 3, "minor": 1, "major": 11}}}})"
                            "\n";

TEST(QmpSession, NegotiatesThenAnswersByIdWhateverTheOrder) {
    Peer peer;
    peer.say(k_greeting);
    peer.answer("{\"return\": {}, \"id\": 1}\n");
    ASSERT_TRUE(test::run(peer.context, peer.session->negotiate(10s)));
    EXPECT_EQ(peer.heard, "{\"execute\":\"qmp_capabilities\",\"id\":1}\n");

    peer.answer(
        "{\"event\": \"STOP\"}\n{\"return\": \"other\", \"id\": 99}\n{\"return\": \"mine\", \"id\": 2}\n");
    const auto reply = test::run(peer.context, peer.session->execute("query-name", {}, 10s));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->as_string(), "mine");
    EXPECT_EQ(peer.events, std::vector<std::string>{"STOP"});
}

TEST(QmpSession, PassesQemusWordsOn) {
    Peer peer;
    peer.answer(
        "{\"error\": {\"class\": \"GenericError\", \"desc\": \"lun 1 already in use\"}, \"id\": 1}\n");
    const auto reply = test::run(peer.context, peer.session->execute("device_add", {}, 10s));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error(), (Error{Code::failed_precondition, "qemu device_add: lun 1 already in use"}));
}

TEST(QmpSession, GivesUpOnSilence) {
    Peer peer;
    const auto reply = test::run(peer.context, peer.session->execute("cont", {}, 10ms));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error(), (Error{Code::deadline_exceeded, "qemu cont: no answer within 10 ms"}));
}

TEST(QmpSession, FailsWhatIsInFlightWhenTheConnectionEnds) {
    Peer peer;
    peer.socket.close();
    const auto reply = test::run(peer.context, peer.session->execute("cont", {}, 10s));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Code::unavailable);
    EXPECT_FALSE(peer.session->is_open());
    EXPECT_FALSE(test::run(peer.context, peer.session->negotiate(10s)));
}

TEST(QmpSession, EndsAtTheFirstByteThatIsNotQmp) {
    Peer peer;
    peer.say("hello\n");
    const auto result = test::run(peer.context, peer.session->negotiate(10s));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), (Error{Code::unavailable, "control connection to qemu is lost"}));
}

} // namespace
} // namespace redoubt::node::hypervisor::qemu

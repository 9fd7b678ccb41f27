// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/relay/relay_session.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

#include <format>
#include <utility>
#include <vector>

namespace redoubt::node::relay {
namespace {

namespace wire = redoubt::relay;
using asio::ip::tcp;

constexpr std::size_t k_read_bytes = wire::k_max_payload;
// Streams that are over may still wait for a name to be resolved; a guest is not to make any number of them.
constexpr std::size_t k_most_tasks = 16;

} // namespace

void RelaySession::Stream::end() {
    boost::system::error_code ignored;
    broker.close(ignored);
    idle_end.cancel();
}

RelaySession::RelaySession(asio::local::stream_protocol::socket port, const RelayOptions& options)
    : options_(options), port_(std::move(port)), writing_(port_.get_executor()),
      tasks_(port_.get_executor()) {}

Task<void> RelaySession::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto ended = co_await read_port();
    boost::system::error_code ignored;
    port_.close(ignored);
    if (stream_) stream_->end();
    tasks_.cancel();
    co_await tasks_.join();
    co_return ended;
}

Task<void> RelaySession::read_port() {
    co_await asio::this_coro::throw_if_cancelled(false);
    std::vector<char> buffer(k_read_bytes);
    for (;;) {
        const auto [error, size] = co_await port_.async_read_some(asio::buffer(buffer), k_as_tuple);
        if (error) co_return Status{};
        RDT_CO_TRY(auto frames, reader_.feed({buffer.data(), size}));
        for (auto& frame : frames) RDT_CO_CHECK(co_await handle(std::move(frame)));
    }
}

Task<void> RelaySession::handle(wire::Frame frame) {
    const bool is_current = stream_ && stream_->number == frame.stream;
    switch (frame.type) {
    case wire::FrameType::open: co_await open(frame.stream); break;
    case wire::FrameType::data:
        if (is_current && stream_->is_open)
            co_await pass_to_broker(stream_, std::move(frame.payload));
        else
            co_await tell_guest(wire::encode_close(frame.stream, "no such stream"));
        break;
    case wire::FrameType::close:
        if (is_current) close_by_guest();
        break;
    case wire::FrameType::opened:
        co_return fail(Code::invalid_argument, "relay frame: OPENED is not the guest's to say");
    }
    co_return Status{};
}

asio::awaitable<void> RelaySession::open(std::uint16_t number) {
    if (stream_ || tasks_.size() >= k_most_tasks)
        co_return co_await tell_guest(wire::encode_close(number, "busy"));
    stream_ = std::make_shared<Stream>(port_.get_executor(), number);
    tasks_.spawn(serve_stream(stream_));
}

/// At once, so that the guest may open the next one behind it.
void RelaySession::close_by_guest() {
    stream_->is_closed_by_guest = true;
    stream_->end();
    stream_.reset();
}

/// Nothing more is read from the guest meanwhile: a broker that reads slowly makes it wait.
asio::awaitable<void> RelaySession::pass_to_broker(SharedStream stream, std::string bytes) {
    const auto [error, size] = co_await asio::async_write(stream->broker, asio::buffer(bytes), k_as_tuple);
    if (!error) stream->last_movement = Clock::now(); // else the other direction ends, too, and says why
}

asio::awaitable<void> RelaySession::serve_stream(SharedStream stream) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto connected = co_await within(options_.connect_limit, options_.broker.str(), connect(stream));
    auto reason = connected ? std::string() : connected.error().message;
    if (connected && !stream->is_closed_by_guest) {
        stream->is_open = true;
        stream->last_movement = Clock::now();
        co_await tell_guest(
            wire::encode({.type = wire::FrameType::opened, .stream = stream->number, .payload = {}}));
        tasks_.spawn(watch_idle(stream));
        reason = co_await pass_to_guest(stream);
    }
    stream->end();
    if (stream->is_closed_by_guest) co_return;
    stream_.reset(); // this one: no other begins before
    co_await tell_guest(wire::encode_close(stream->number, reason));
}

Task<void> RelaySession::connect(SharedStream stream) {
    tcp::resolver resolver(port_.get_executor());
    const auto [unknown, places] =
        co_await resolver.async_resolve(options_.broker.host, options_.broker.port, k_as_tuple);
    if (unknown) co_return fail(Code::unavailable, "{}: {}", options_.broker.str(), unknown.message());
    const auto [refused, place] = co_await asio::async_connect(stream->broker, places, k_as_tuple);
    if (refused) co_return fail(Code::unavailable, "{}: {}", options_.broker.str(), refused.message());
    boost::system::error_code ignored;
    stream->broker.set_option(tcp::no_delay(true), ignored);
    co_return Status{};
}

asio::awaitable<std::string> RelaySession::pass_to_guest(SharedStream stream) {
    std::vector<char> buffer(k_read_bytes);
    for (;;) {
        const auto [error, size] = co_await stream->broker.async_read_some(asio::buffer(buffer), k_as_tuple);
        if (stream->is_idle) co_return "idle";
        if (error == asio::error::eof) co_return std::string();
        if (error) co_return std::format("{}: {}", options_.broker.str(), error.message());
        stream->last_movement = Clock::now();
        if (!stream->is_closed_by_guest)
            co_await tell_guest(wire::encode_data(stream->number, {buffer.data(), size}));
        stream->last_movement = Clock::now();
    }
}

asio::awaitable<void> RelaySession::watch_idle(SharedStream stream) {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (stream->broker.is_open()) {
        const auto end = stream->last_movement + options_.idle_limit;
        if (Clock::now() >= end) {
            stream->is_idle = true;
            stream->end();
            co_return;
        }
        stream->idle_end.expires_at(end);
        const auto [cancelled] = co_await stream->idle_end.async_wait(k_as_tuple);
        if (cancelled) co_return;
    }
}

asio::awaitable<void> RelaySession::tell_guest(std::string bytes) {
    const auto turn = co_await writing_.lock();
    // Whoever reads the port learns that it is gone.
    co_await asio::async_write(port_, asio::buffer(bytes), k_as_tuple);
}

} // namespace redoubt::node::relay

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/task_scope.hpp"
#include "common/ttrpc/byte_stream.hpp"
#include "common/ttrpc/envelope.hpp"
#include "common/ttrpc/frame.hpp"

namespace redoubt::ttrpc {

/// Runs coroutines over connected streams; at the end of a test everything that runs must come to an end.
class ConnectionTest : public ::testing::Test {
  protected:
    using Streams = std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>>;

    template <class T>
    T run(asio::awaitable<T> task) {
        std::optional<T> out;
        asio::co_spawn(context_, std::move(task), [&](const std::exception_ptr& error, T value) {
            if (error) std::rethrow_exception(error);
            out = std::move(value);
        });
        context_.restart();
        while (!out && context_.run_one() > 0) {
        }
        return std::move(out).value();
    }

    /// Lets everything run that can.
    void settle(Duration time = std::chrono::milliseconds(5)) {
        run([](Duration limit) -> Task<bool> {
            co_await sleep_for(limit);
            co_return true;
        }(time))
            .value();
    }

    Streams connected_pair() {
        asio::local::stream_protocol::socket first(context_);
        asio::local::stream_protocol::socket second(context_);
        asio::local::connect_pair(first, second);
        return {make_socket_stream(std::move(first)), make_socket_stream(std::move(second))};
    }

    void TearDown() override {
        scope_.cancel();
        context_.restart();
        context_.run();
        EXPECT_EQ(scope_.size(), 0U);
    }

    asio::io_context context_;
    TaskScope scope_{context_.get_executor()};
};

/// The far end of a connection, played by hand.
class Peer {
  public:
    explicit Peer(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

    /// The next frame; nothing at the end of the stream.
    asio::awaitable<std::optional<Frame>> next_frame() {
        std::vector<char> buffer(4096);
        while (frames_.empty()) {
            const auto size = co_await stream_->read_some(buffer);
            if (!size || *size == 0) co_return std::nullopt;
            for (FrameEvent& event : decoder_.feed({buffer.data(), *size}))
                frames_.push_back(std::get<Frame>(std::move(event)));
        }
        Frame frame = std::move(frames_.front());
        frames_.erase(frames_.begin());
        co_return frame;
    }

    Task<void> send(Frame frame) { return stream_->write(*encode_frame(frame)); }
    Task<void> send_bytes(std::string bytes) { return stream_->write(std::move(bytes)); }

    Task<void> request(std::uint32_t id, std::string service, std::string method, std::string payload = {}) {
        RequestEnvelope envelope;
        envelope.service = std::move(service);
        envelope.method = std::move(method);
        envelope.payload = std::move(payload);
        return send({.stream_id = id, .data = render_request(std::move(envelope))});
    }

    Task<void> respond(std::uint32_t id, Result<std::string> outcome) {
        return send(
            {.stream_id = id, .type = FrameType::response, .data = render_response(std::move(outcome))});
    }

    /// The next frame as an answer, with its stream.
    Task<std::pair<std::uint32_t, Result<std::string>>> next_response() {
        auto frame = co_await next_frame();
        if (!frame) co_return fail(Code::unavailable, "closed");
        co_return std::pair(frame->stream_id, parse_response(frame->data));
    }

    void close() { stream_.reset(); }

  private:
    std::unique_ptr<ByteStream> stream_;
    FrameDecoder decoder_;
    std::vector<Frame> frames_;
};

} // namespace redoubt::ttrpc

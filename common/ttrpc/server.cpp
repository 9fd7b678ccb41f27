// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/server.hpp"

#include <algorithm>
#include <exception>

#include "common/async/task_scope.hpp"
#include "common/ttrpc/envelope.hpp"
#include "common/ttrpc/frame.hpp"
#include "common/ttrpc/link_stream.hpp"
#include "common/ttrpc/outbox.hpp"

namespace redoubt::ttrpc {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_read_bytes = 64UZ * 1024;

bool is_cancelled(const asio::cancellation_state& state) {
    return state.cancelled() != asio::cancellation_type::none;
}

/// Runs a handler; what it throws is an answer too.
Task<std::string> run_handler(const Handler& handler, std::string payload, CallContext context) {
    try {
        co_return co_await handler(std::move(payload), std::move(context));
    } catch (const std::exception& thrown) {
        co_return fail(Code::internal, "{}", thrown.what());
    }
}

} // namespace

/// One connection: reads requests, runs each in a task of its own, queues the answers.
class Server::Connection {
  public:
    Connection(const Server& server, const asio::any_io_executor& executor,
               std::unique_ptr<ByteStream> stream)
        : server_(server), stream_(std::move(stream)), outbox_(executor, server.limits_.outgoing_bytes),
          calls_(executor) {}

    /// Returns when the stream has ended, or cancelled, and every call has ended.
    asio::awaitable<void> run() {
        using namespace asio::experimental::awaitable_operators;
        co_await (read_all() || write_all());
        outbox_.close();
        calls_.cancel();
        co_await calls_.join();
    }

  private:
    asio::awaitable<void> read_all() {
        co_await asio::this_coro::throw_if_cancelled(false);
        std::vector<char> buffer(k_read_bytes);
        FrameDecoder decoder;
        while (true) {
            const auto size = co_await stream_->read_some(buffer);
            if (!size || *size == 0) co_return;
            for (FrameEvent& event : decoder.feed({buffer.data(), *size})) co_await take(std::move(event));
            if (is_cancelled(co_await asio::this_coro::cancellation_state)) co_return;
        }
    }

    asio::awaitable<void> write_all() { std::ignore = co_await outbox_.write_to(*stream_); }

    asio::awaitable<void> take(FrameEvent event) {
        const auto* oversize = std::get_if<OversizeFrame>(&event);
        if (oversize != nullptr) {
            co_await send(oversize->stream_id,
                          fail(Code::resource_exhausted, "request of {} bytes is over the limit of {}",
                               oversize->length, k_data_limit));
            co_return;
        }
        auto& frame = std::get<Frame>(event);
        const std::uint32_t id = frame.stream_id;
        auto request = check(frame).and_then([&] { return parse_request(frame.data); });
        if (!request) {
            co_await send(id, std::unexpected(request.error()));
            co_return;
        }
        Call call = call_of(*std::move(request));
        const auto handler = admit(call).and_then([&] { return find(call.context); });
        if (!handler) {
            co_await send(id, std::unexpected(handler.error()));
            co_return;
        }
        calls_.spawn(answer(id, **handler, std::move(call)));
    }

    struct Call {
        std::string payload;
        CallContext context;
    };

    static Call call_of(RequestEnvelope request) {
        return {.payload = std::move(request.payload),
                .context = {.service = std::move(request.service),
                            .method = std::move(request.method),
                            .timeout = request.timeout,
                            .metadata = std::move(request.metadata)}};
    }

    /// Asks the guard, if there is one.
    Status admit(Call& call) const {
        if (!server_.guard_) return {};
        try {
            RDT_TRY(call.context.admission, server_.guard_(call.context, call.payload));
        } catch (const std::exception& thrown) {
            return fail(Code::internal, "{}", thrown.what()); // no yes is a no
        }
        return {};
    }

    /// Whether the frame may start a call.
    Status check(const Frame& frame) {
        if (frame.type != FrameType::request)
            return fail(Code::invalid_argument, "stream {}: frame type {} where a request was expected",
                        frame.stream_id, std::to_underlying(frame.type));
        if (frame.stream_id % 2 == 0 || frame.stream_id <= last_id_)
            return fail(Code::invalid_argument,
                        "stream {}: ids of requests are odd and grow; the last was {}", frame.stream_id,
                        last_id_);
        last_id_ = frame.stream_id;
        if ((frame.flags & k_flag_remote_open) != 0)
            return fail(Code::unimplemented, "stream {}: only unary calls are supported", frame.stream_id);
        if (calls_.size() >= server_.limits_.calls_in_flight)
            return fail(Code::resource_exhausted, "{} calls are in flight already", calls_.size());
        return {};
    }

    Result<const Handler*> find(const CallContext& request) const {
        const auto service = server_.services_.find(request.service);
        if (service == server_.services_.end())
            return fail(Code::unimplemented, "no service '{}' here", request.service);
        const auto method = service->second.find(request.method);
        if (method == service->second.end())
            return fail(Code::unimplemented, "service '{}' does not implement '{}'", request.service,
                        request.method);
        return &method->second;
    }

    asio::awaitable<void> answer(std::uint32_t id, const Handler& handler, Call call) {
        const auto timeout = call.context.timeout;
        const std::string name = call.context.service + "." + call.context.method;
        auto running = run_handler(handler, std::move(call.payload), std::move(call.context));
        Result<std::string> outcome =
            timeout == 0ns ? co_await std::move(running) : co_await within(timeout, name, std::move(running));
        co_await send(id, std::move(outcome));
    }

    asio::awaitable<void> send(std::uint32_t id, Result<std::string> outcome) {
        auto frame = encode_frame(
            {.stream_id = id, .type = FrameType::response, .data = render_response(std::move(outcome))});
        if (!frame) // an answer over the limit; its error is not
            frame = encode_frame({.stream_id = id,
                                  .type = FrameType::response,
                                  .data = render_response(std::unexpected(frame.error().within("answer")))});
        std::ignore =
            co_await outbox_.send(*std::move(frame)); // fails when the connection ends: nobody to tell
    }

    const Server& server_;
    std::unique_ptr<ByteStream> stream_;
    Outbox outbox_;
    TaskScope calls_;
    std::uint32_t last_id_ = 0;
};

void Server::add(const std::string& service, const std::string& method, Handler handler) {
    services_[service][method] = std::move(handler);
}

asio::awaitable<void> Server::serve(std::unique_ptr<ByteStream> stream) {
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false); // the calls are joined even then
    Connection connection(*this, co_await asio::this_coro::executor, std::move(stream));
    co_await connection.run();
    co_await asio::this_coro::throw_if_cancelled(throws);
}

Task<void> Server::serve_unix(asio::local::stream_protocol::acceptor acceptor) {
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    TaskScope connections(co_await asio::this_coro::executor);
    Status status;
    while (status && !is_cancelled(co_await asio::this_coro::cancellation_state)) {
        auto [error, socket] = co_await acceptor.async_accept(k_as_tuple);
        if (!error) {
            connections.spawn(serve(make_socket_stream(std::move(socket))));
        } else if (error == asio::error::no_descriptors || error == asio::error::no_buffer_space) {
            co_await sleep_for(100ms); // until connections have gone
        } else if (error != asio::error::operation_aborted && error != asio::error::connection_aborted) {
            status = std::unexpected(Error{code_of_errno(error.value()), "accept: " + error.message()});
        }
    }
    connections.cancel();
    co_await connections.join();
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return status;
}

Task<void> Server::serve_link(std::unique_ptr<ByteStream> wire) {
    LinkListener listener(std::move(wire));
    while (true) {
        RDT_CO_TRY(auto session, co_await listener.accept());
        co_await serve(std::move(session));
        if (is_cancelled(co_await asio::this_coro::cancellation_state)) co_return Status{};
    }
}

} // namespace redoubt::ttrpc

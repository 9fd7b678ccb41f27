// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/async/task.hpp"
#include "common/ttrpc/byte_stream.hpp"

namespace redoubt::ttrpc {

/// How much of its answer a caller gets.
enum class Admission : std::uint8_t {
    whole,
    redacted, ///< nothing of what it would tell; what that is, the handler knows
};

/// What a handler may know of its call besides the request.
struct CallContext {
    std::string service;
    std::string method;
    std::chrono::nanoseconds timeout{0}; ///< how long the caller waits from now on; 0: for ever
    std::vector<std::pair<std::string, std::string>> metadata;
    Admission admission = Admission::whole; ///< what the guard said
};

/// Stands in front of every call, of methods that do not exist as well: sees the very bytes that a handler
/// would parse, in the order in which they came. An Error becomes the call's status, and no handler runs. It
/// runs to its end before anything else does.
using Guard = std::function<Result<Admission>(const CallContext& call, std::string_view payload)>;

/// Answers one call. It runs beside the other calls of its connection and is cancelled (it ends at its next
/// wait) when the caller's timeout passes or the connection ends, so it must leave shared state whole at
/// every co_await. An Error becomes the call's status. The object lives as long as the server: captures stay
/// valid.
using Handler = std::function<Task<std::string>(std::string payload, CallContext context)>;

/// The bounds of one connection.
struct ServerLimits {
    std::size_t calls_in_flight = 1024;             ///< beyond: RESOURCE_EXHAUSTED
    std::size_t outgoing_bytes = 8UZ * 1024 * 1024; ///< beyond: answers wait, then reading stops
};

/// A ttrpc server of unary calls for any number of connections. Thread: one strand.
/// Refuses in words: UNIMPLEMENTED (service, method, streams), INVALID_ARGUMENT (malformed request, reused
/// stream id), RESOURCE_EXHAUSTED (request or answer over 4 MiB, too many calls). None of these ends the
/// connection. Lifetime: outlives every serve().
class Server {
  public:
    explicit Server(ServerLimits limits = {}) : limits_(limits) {}
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    Server(Server&&) = delete;
    Server& operator=(Server&&) = delete;
    ~Server() = default;

    /// From now on; none: every call gets through. Lifetime: what it borrows outlives every serve().
    void set_guard(Guard guard) { guard_ = std::move(guard); }

    /// Registers a handler of raw bytes; `service` is the full name, e.g. "grpc.AgentService".
    void add(const std::string& service, const std::string& method, Handler handler);

    /// Registers a handler of protobuf messages: `f` is callable as Task<Response>(Request, CallContext).
    ///     server.add_message<grpc::WaitProcessRequest, grpc::WaitProcessResponse>("grpc.AgentService",
    ///     "WaitProcess",
    ///         [&rpc](grpc::WaitProcessRequest request, ttrpc::CallContext) { return
    ///         rpc.wait(std::move(request)); });
    template <class Request, class Response, class F>
    void add_message(const std::string& service, const std::string& method, F f);

    /// Serves one connection until its stream ends or the awaiting coroutine is cancelled; then its calls are
    /// cancelled and joined. Any number of these may run at once.
    asio::awaitable<void> serve(std::unique_ptr<ByteStream> stream);

    /// Accepts and serves connections until cancelled. Errors: why accepting failed.
    Task<void> serve_unix(asio::local::stream_protocol::acceptor acceptor);

    /// Serves the sessions of a serial link (docs/formats/serial-link.md), one after the other, until `wire`
    /// ends or the awaiting coroutine is cancelled. Errors: why the wire ended.
    Task<void> serve_link(std::unique_ptr<ByteStream> wire);

  private:
    class Connection;

    ServerLimits limits_;
    Guard guard_;
    std::map<std::string, std::map<std::string, Handler>> services_;
};

template <class Request, class Response, class F>
void Server::add_message(const std::string& service, const std::string& method, F f) {
    add(service, method, [f = std::move(f)](std::string payload, CallContext context) -> Task<std::string> {
        Request request;
        if (!request.ParseFromString(payload))
            co_return fail(Code::invalid_argument, "{}.{}: malformed {}", context.service, context.method,
                           std::string(request.GetTypeName()));
        payload = {}; // the message holds its own copy
        Result<Response> response = co_await f(std::move(request), std::move(context));
        if (!response) co_return std::unexpected(std::move(response).error());
        co_return response->SerializeAsString();
    });
}

} // namespace redoubt::ttrpc

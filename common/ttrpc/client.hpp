// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/async/task.hpp"
#include "common/ttrpc/byte_stream.hpp"

namespace redoubt::ttrpc {

/// A ttrpc client of unary calls over one stream; any number of calls may be in flight. Thread: one strand.
/// Destroying it closes the stream and fails what is in flight with unavailable.
class Client {
  public:
    Client(const asio::any_io_executor& executor, std::unique_ptr<ByteStream> stream);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;
    ~Client();

    /// Calls `method` of `service` and waits for the answer. Cancelling the awaiting coroutine abandons the
    /// call. Errors: the server's status, message unchanged; deadline_exceeded after `timeout` (which the
    /// server is told); unavailable once the stream has ended; resource_exhausted over 4 MiB.
    Task<std::string> call(std::string service, std::string method, std::string payload,
                           std::optional<Duration> timeout);

    /// The same with protobuf messages.
    template <class Response, class Request>
    Task<Response> call_message(std::string service, std::string method, Request request,
                                std::optional<Duration> timeout);

    [[nodiscard]] bool is_open() const;
    /// Returns when the stream has ended, at once when it has.
    asio::awaitable<void> closed();
    void close();

  private:
    class State;
    std::shared_ptr<State>
        state_; ///< shared with the reading and writing coroutines, which may end after the client
};

template <class Response, class Request>
Task<Response> Client::call_message(std::string service, std::string method, Request request,
                                    std::optional<Duration> timeout) {
    std::string name = service + "." + method;
    RDT_CO_TRY(const std::string payload,
               co_await call(std::move(service), std::move(method), request.SerializeAsString(), timeout));
    Response response;
    if (!response.ParseFromString(payload)) co_return fail(Code::data_loss, "{}: malformed answer", name);
    co_return response;
}

} // namespace redoubt::ttrpc

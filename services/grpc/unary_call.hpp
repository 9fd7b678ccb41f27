// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Where gRPC's callback API meets coroutines. gRPC calls a reactor on threads of its own; each such call
/// only posts to the main strand, where the handler runs and all state of the call lives. A reactor is made
/// by gRPC's thread and deleted on the strand after OnDone, which gRPC calls last. Source: grpc 1.51,
/// include/grpcpp/support/server_callback.h.

#include <grpcpp/support/server_callback.h>

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <functional>
#include <utility>

#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "services/grpc/caller.hpp"

namespace redoubt::services::rpc {

/// How many calls there are, and whether there may be more. Thread: main strand.
class CallsInFlight {
  public:
    explicit CallsInFlight(asio::any_io_executor executor)
        : executor_(std::move(executor)), idle_(executor_) {}

    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
    [[nodiscard]] bool is_closing() const { return is_closing_; }

    void add() { ++count_; }
    void remove() {
        if (--count_ == 0) idle_.pulse();
    }
    /// From now on calls are refused. Those in flight are short, and go on to their end.
    void close() { is_closing_ = true; }
    /// Returns when none is left.
    asio::awaitable<void> join() {
        while (count_ != 0) co_await idle_.wait();
    }

  private:
    asio::any_io_executor executor_;
    AsyncEvent idle_;
    std::size_t count_ = 0;
    bool is_closing_ = false;
};

/// A call with one request and one response. What changes something goes on to its end also when its client
/// has gone.
template <class Request, class Response>
class UnaryCall final : public ::grpc::ServerUnaryReactor {
  public:
    using Handler = std::move_only_function<Task<Response>(Caller, Request)>;

    /// `context`, `request` and `response` belong to gRPC and live until OnDone.
    UnaryCall(CallsInFlight& calls, Handler handler, const ::grpc::CallbackServerContext& context,
              const Request& request, Response& response)
        : calls_(calls), handler_(std::move(handler)), context_(context), caller_(caller_of(context)),
          request_(request), response_(response) {
        asio::post(calls_.executor(), [this] { begin(); });
    }

    void OnDone() override {
        asio::post(calls_.executor(), [this] { end(); });
    }

  private:
    void begin() {
        calls_.add();
        if (calls_.is_closing())
            return Finish({::grpc::StatusCode::UNAVAILABLE, "the service is shutting down"});
        // Who has gone, or whose time has run out while others had their turn, costs nothing more.
        if (context_.IsCancelled()) return Finish(::grpc::Status::CANCELLED);
        asio::co_spawn(calls_.executor(), handler_(std::move(caller_), request_),
                       [this](const std::exception_ptr& thrown, Result<Response> result) {
                           complete(thrown, std::move(result));
                       });
    }
    void complete(const std::exception_ptr& thrown, Result<Response> result) {
        if (thrown) return Finish({::grpc::StatusCode::INTERNAL, "internal error"});
        // The codes have the same values.
        if (!result)
            return Finish({static_cast<::grpc::StatusCode>(result.error().code), result.error().message});
        response_ = *std::move(result);
        Finish(::grpc::Status::OK);
    }
    void end() {
        calls_.remove();
        delete this; // made by gRPC's thread, which has let go of it
    }

    CallsInFlight& calls_;
    Handler handler_;
    const ::grpc::CallbackServerContext& context_;
    Caller caller_;
    const Request& request_;
    Response& response_;
};

} // namespace redoubt::services::rpc

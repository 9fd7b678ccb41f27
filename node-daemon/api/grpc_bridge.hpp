// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The one place where gRPC's callback API meets coroutines.
///
/// gRPC calls a reactor on threads of its own; each such call only posts to the main strand, where the
/// handler runs as a coroutine and all state of the call lives. A reactor is made by gRPC's thread, and
/// deleted on the strand after OnDone, which gRPC calls last; posts from one reactor arrive in the order they
/// were made, so nothing comes after it. Source: grpc 1.51, include/grpcpp/support/server_callback.h.

#include <grpcpp/support/server_callback.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "node-daemon/api/admission.hpp"
#include "node-daemon/api/call_registry.hpp"
#include "node-daemon/api/request_object.hpp"
#include "node-daemon/api/stream.hpp"

namespace redoubt::node::api {

/// What a unary call's handler does when its client goes away.
enum class OnDisconnect {
    finish, ///< goes on to its end: a half-made container helps nobody
    cancel, ///< it only waits: its coroutine is cancelled
};

/// The error as gRPC carries it; the codes have the same values.
inline grpc::Status grpc_status(const Error& error) {
    return {static_cast<grpc::StatusCode>(error.code), error.message};
}
template <class T>
grpc::Status grpc_status(const Result<T>& result) {
    return result ? grpc::Status::OK : grpc_status(result.error());
}
inline grpc::Status shutting_down() {
    return {grpc::StatusCode::UNAVAILABLE, "the daemon is shutting down"};
}

/// Awaits a handler. Whatever it throws becomes an error: asio throws operation_aborted into a cancelled
/// coroutine.
template <class T>
Task<T> run_guarded(Task<T> handler) {
    try {
        co_return co_await std::move(handler);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) co_return fail(Code::cancelled, "cancelled");
        co_return fail(Code::internal, "unexpected: {}", error.what());
    } catch (const std::exception& error) {
        co_return fail(Code::internal, "unexpected: {}", error.what());
    }
}

/// A call that was not let in.
template <class Reactor>
class RefusedCall final : public Reactor {
  public:
    explicit RefusedCall(const grpc::Status& status) { this->Finish(status); }
    void OnDone() override { delete this; } // made by gRPC's thread, which has let go of it
};

/// A call with one request and one response.
template <class Request, class Response>
class UnaryCall final : public grpc::ServerUnaryReactor, public Call {
  public:
    using Handler = std::move_only_function<Task<Response>(Request)>;

    /// `request` and `response` belong to gRPC and live until OnDone.
    UnaryCall(CallRegistry& registry, Admission admission, OnDisconnect on_disconnect, Handler handler,
              const Request& request, Response& response)
        : registry_(registry), admission_(std::move(admission)), on_disconnect_(on_disconnect),
          handler_(std::move(handler)), request_(request), response_(response) {
        asio::post(registry_.executor(), [this] { begin(); });
    }

    void OnCancel() override {
        asio::post(registry_.executor(), [this] { abandon(); });
    }
    void OnDone() override {
        asio::post(registry_.executor(), [this] { end(); });
    }

    void abandon() override {
        if (on_disconnect_ == OnDisconnect::cancel) cancel_.emit(asio::cancellation_type::terminal);
    }

  private:
    void begin() {
        registry_.add(*this);
        if (registry_.is_closing()) return finish(shutting_down());
        asio::co_spawn(registry_.executor(), run_guarded(handler_(request_)),
                       asio::bind_cancellation_slot(
                           cancel_.slot(), [this](const std::exception_ptr&, Result<Response> result) {
                               complete(std::move(result));
                           }));
    }
    void complete(Result<Response> result) {
        if (result) response_ = std::move(*result);
        finish(!result && registry_.is_closing() ? shutting_down() : grpc_status(result));
    }
    void finish(const grpc::Status& status) {
        admission_.ended(status);
        Finish(status);
    }
    void end() {
        registry_.remove(*this);
        delete this; // made by gRPC's thread, which has let go of it
    }

    CallRegistry& registry_;
    Admission admission_;
    OnDisconnect on_disconnect_;
    Handler handler_;
    const Request& request_;
    Response& response_;
    asio::cancellation_signal cancel_;
};

/// A call that the gate lets in, as a reactor owned by itself, or why it does not. `bind` makes the handler;
/// it may take the caller from the admission.
template <class Request, class Response, class Bind>
grpc::ServerUnaryReactor* admit_unary(Gate& gate, CallRegistry& registry,
                                      const grpc::CallbackServerContext& context, OnDisconnect on_disconnect,
                                      Bind bind, const Request& request, Response& response) {
    auto admission = gate.admit(context, request);
    if (!admission) return new RefusedCall<grpc::ServerUnaryReactor>(grpc_status(admission.error()));
    auto handler = bind(*admission);
    return new UnaryCall<Request, Response>(registry, *std::move(admission), on_disconnect,
                                            std::move(handler), request, response);
}

/// The sending half that server streams and two-way streams share. `Reactor` is gRPC's base class.
template <class Reactor, class Out>
class StreamCall : public Reactor, public Call, public ResponseSink<Out> {
  public:
    StreamCall(const StreamCall&) = delete;
    StreamCall& operator=(const StreamCall&) = delete;
    ~StreamCall() override = default;

    void OnWriteDone(bool ok) override {
        asio::post(registry_.executor(), [this, ok] { written(ok); });
    }
    void OnCancel() override {
        asio::post(registry_.executor(), [this] { abandon(); });
    }
    void OnDone() override {
        asio::post(registry_.executor(), [this] { end(); });
    }

    asio::awaitable<bool> write(Out message) override {
        while (outgoing_.size() >= k_queued && !is_gone_) co_await room_.wait();
        if (is_gone_) co_return false;
        outgoing_.push_back(std::move(message));
        pump();
        co_return true;
    }
    void when_client_gone(std::move_only_function<void()> action) override {
        if (is_gone_) return action();
        on_gone_ = std::move(action);
    }
    void abandon() override {
        if (std::exchange(is_gone_, true)) return;
        room_.set();
        stop_reading();
        if (on_gone_) std::exchange(on_gone_, nullptr)();
        pump();
    }

  protected:
    static constexpr std::size_t k_queued = 16;

    StreamCall(CallRegistry& registry, Admission admission)
        : registry_(registry), admission_(std::move(admission)), room_(registry.executor()) {}

    /// Starts the handler; the final class calls it, on the strand.
    void start(Task<void> handler) {
        asio::co_spawn(registry_.executor(), run_guarded(std::move(handler)),
                       [this](const std::exception_ptr&, Status status) { complete(std::move(status)); });
    }
    virtual void stop_reading() {}
    void concerns(std::string object) { admission_.concerns(std::move(object)); }
    [[nodiscard]] bool is_gone() const { return is_gone_; }
    [[nodiscard]] CallRegistry& registry() { return registry_; }

  private:
    void complete(Status status) {
        on_gone_ = nullptr;
        stop_reading();
        status_ = is_gone_ && registry_.is_closing() ? shutting_down() : grpc_status(status);
        is_complete_ = true;
        pump();
    }
    void written(bool ok) {
        is_writing_ = false;
        outgoing_.pop_front();
        room_.pulse();
        if (!ok) abandon();
        pump();
    }
    /// One write is in flight at a time; the status follows the last.
    void pump() {
        if (is_writing_ || is_finished_) return;
        if (is_gone_) outgoing_.clear();
        if (!outgoing_.empty()) {
            is_writing_ = true;
            this->StartWrite(&outgoing_.front());
        } else if (is_complete_) {
            is_finished_ = true;
            admission_.ended(status_);
            this->Finish(status_);
        }
    }
    void end() {
        registry_.remove(*this);
        delete this; // made by gRPC's thread, which has let go of it
    }

    CallRegistry& registry_;
    Admission admission_;
    AsyncEvent room_;
    std::deque<Out> outgoing_; ///< the front is gRPC's while is_writing_
    std::move_only_function<void()> on_gone_;
    grpc::Status status_;
    bool is_writing_ = false;
    bool is_gone_ = false;
    bool is_complete_ = false; ///< the handler has returned
    bool is_finished_ = false; ///< the status has been given to gRPC
};

/// A call with one request and a stream of answers.
template <class Request, class Out>
class ServerStreamCall final : public StreamCall<grpc::ServerWriteReactor<Out>, Out> {
  public:
    using Handler = std::move_only_function<Task<void>(Request, ResponseSink<Out>&)>;

    ServerStreamCall(CallRegistry& registry, Admission admission, Handler handler, const Request& request)
        : StreamCall<grpc::ServerWriteReactor<Out>, Out>(registry, std::move(admission)),
          handler_(std::move(handler)), request_(request) {
        asio::post(registry.executor(), [this] { begin(); });
    }

  private:
    void begin() {
        this->registry().add(*this);
        if (this->registry().is_closing()) this->abandon();
        this->start(this->is_gone() ? nothing() : handler_(request_, *this));
    }
    static Task<void> nothing() { co_return Status(); }

    Handler handler_;
    const Request& request_; ///< gRPC's, until OnDone
};

/// A call with streams both ways. Messages are read ahead up to a limit, so that a slow process slows its
/// client.
template <class In, class Out>
class TwoWayCall final : public StreamCall<grpc::ServerBidiReactor<In, Out>, Out>, public RequestSource<In> {
  public:
    using Handler = std::move_only_function<Task<void>(RequestSource<In>&, ResponseSink<Out>&)>;

    TwoWayCall(CallRegistry& registry, Admission admission, Handler handler)
        : StreamCall<grpc::ServerBidiReactor<In, Out>, Out>(registry, std::move(admission)),
          handler_(std::move(handler)), arrived_(registry.executor()) {
        asio::post(registry.executor(), [this] { begin(); });
    }

    void OnReadDone(bool ok) override {
        asio::post(this->registry().executor(), [this, ok] { has_read(ok); });
    }

    asio::awaitable<std::optional<In>> read() override {
        while (incoming_.empty() && !is_at_end_ && !is_closed_) co_await arrived_.wait();
        if (incoming_.empty() || is_closed_) co_return std::nullopt;
        std::optional<In> message = std::move(incoming_.front());
        incoming_.pop_front();
        read_ahead();
        co_return message;
    }
    void close() override {
        is_closed_ = true;
        arrived_.pulse();
    }

  private:
    void begin() {
        this->registry().add(*this);
        if (this->registry().is_closing()) this->abandon();
        read_ahead();
        this->start(this->is_gone() ? nothing() : handler_(*this, *this));
    }
    static Task<void> nothing() { co_return Status(); }

    void read_ahead() {
        if (is_reading_ || is_at_end_ || is_closed_ || incoming_.size() >= this->k_queued) return;
        is_reading_ = true;
        this->StartRead(&reading_);
    }
    void has_read(bool ok) {
        is_reading_ = false;
        if (ok) {
            if (!std::exchange(has_begun_, true)) this->concerns(object_of(reading_));
            incoming_.push_back(std::move(reading_));
            reading_.Clear();
        } else {
            is_at_end_ = true;
        }
        arrived_.pulse();
        read_ahead();
    }
    void stop_reading() override { close(); }

    Handler handler_;
    AsyncEvent arrived_;
    In reading_; ///< gRPC's while is_reading_
    std::deque<In> incoming_;
    bool is_reading_ = false;
    bool has_begun_ = false; ///< the first message has come
    bool is_at_end_ = false;
    bool is_closed_ = false;
};

} // namespace redoubt::node::api

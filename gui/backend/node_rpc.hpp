// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How NodeClient calls: for its own sources alone.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <mutex>
#include <set>

#include "gui/backend/decode.hpp"
#include "gui/backend/node_client.hpp"
#include "redoubt/node/v1/node.grpc.pb.h"

namespace redoubt::gui {

inline constexpr std::chrono::seconds k_short_call{10};
inline constexpr std::chrono::minutes k_long_call{15}; ///< a start under emulation, a stop with its grace

[[nodiscard]] Error error_of(const grpc::Status& status);

/// The calls that run, so that they can be ended. Thread: any.
class RunningCalls {
  public:
    void add(grpc::ClientContext& context) {
        const std::scoped_lock lock(mutex_);
        contexts_.insert(&context);
        if (is_closed_) context.TryCancel();
    }
    void remove(grpc::ClientContext& context) {
        const std::scoped_lock lock(mutex_);
        contexts_.erase(&context);
    }
    void cancel_all() {
        const std::scoped_lock lock(mutex_);
        is_closed_ = true;
        for (auto* context : contexts_) context->TryCancel();
    }

  private:
    std::mutex mutex_;
    std::set<grpc::ClientContext*> contexts_;
    bool is_closed_ = false;
};

/// A context that can be cancelled as long as it is there.
class CallContext {
  public:
    explicit CallContext(RunningCalls& calls) : calls_(calls) { calls_.add(context_); }
    CallContext(RunningCalls& calls, std::chrono::nanoseconds limit) : CallContext(calls) {
        context_.set_deadline(std::chrono::system_clock::now() +
                              std::chrono::duration_cast<std::chrono::system_clock::duration>(limit));
    }
    ~CallContext() { calls_.remove(context_); }
    CallContext(const CallContext&) = delete;
    CallContext& operator=(const CallContext&) = delete;

    grpc::ClientContext& operator*() { return context_; }

  private:
    RunningCalls& calls_;
    grpc::ClientContext context_;
};

struct NodeClient::Rpc {
    explicit Rpc(std::shared_ptr<grpc::Channel> to)
        : channel(std::move(to)), node(pb::Node::NewStub(channel)) {}

    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<pb::Node::Stub> node;
    RunningCalls calls;

    template <class Request, class Response>
    using Unary = grpc::Status (pb::Node::Stub::*)(grpc::ClientContext*, const Request&, Response*);

    template <class Request, class Response>
    Result<Response> call(Unary<Request, Response> method, const Request& request,
                          std::chrono::nanoseconds limit = k_short_call) {
        CallContext context(calls, limit);
        Response response;
        const auto status = (node.get()->*method)(&*context, request, &response);
        if (!status.ok()) return std::unexpected(error_of(status));
        return response;
    }

    template <class Message>
    static Status read_all(grpc::ClientContext& context, grpc::ClientReader<Message>& reader,
                           const std::function<bool(Message&)>& each) {
        Message message;
        bool is_wanted = true;
        while (reader.Read(&message)) {
            if (!is_wanted || each(message)) continue;
            is_wanted = false;
            context.TryCancel();
        }
        const auto status = reader.Finish();
        if (status.ok() || !is_wanted) return {};
        return std::unexpected(error_of(status));
    }
};

} // namespace redoubt::gui

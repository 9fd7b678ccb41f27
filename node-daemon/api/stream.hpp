// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a streaming handler sees of its call: messages in, messages out, and whether anybody still listens.
/// Thread: main strand. The bridge to gRPC implements them; tests have their own.

#include <functional>
#include <optional>

#include "common/async/task.hpp"

namespace redoubt::node::api {

/// The answers of a streaming call. Lifetime: the whole of the handler.
template <class Message>
class ResponseSink {
  public:
    /// Queues a message; waits while the client reads too slowly. False when the client is gone.
    virtual asio::awaitable<bool> write(Message message) = 0;
    /// Runs `action` once the client is gone, at once when it is already; dropped when the handler returns.
    /// For what a waiting handler must be woken from: closing a session, a log, a subscription.
    virtual void when_client_gone(std::move_only_function<void()> action) = 0;

  protected:
    ResponseSink() = default;
    ResponseSink(const ResponseSink&) = default;
    ResponseSink& operator=(const ResponseSink&) = default;
    ~ResponseSink() = default;
};

/// The messages of a client-streaming call. Lifetime: the whole of the handler.
template <class Message>
class RequestSource {
  public:
    /// The next message; nothing when the client has sent its last, is gone, or after close().
    virtual asio::awaitable<std::optional<Message>> read() = 0;
    /// Wakes a waiting read(); later ones return nothing.
    virtual void close() = 0;

  protected:
    RequestSource() = default;
    RequestSource(const RequestSource&) = default;
    RequestSource& operator=(const RequestSource&) = default;
    ~RequestSource() = default;
};

} // namespace redoubt::node::api

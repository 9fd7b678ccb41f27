// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstdint>
#include <memory>
#include <string>

#include "common/async/async_mutex.hpp"
#include "common/async/task_scope.hpp"
#include "common/relay/frame.hpp"
#include "node-daemon/relay/relay.hpp"

namespace redoubt::node::relay {

/// One connection to a VM's port. Thread: main strand. Lifetime: outlives run().
class RelaySession {
  public:
    RelaySession(asio::local::stream_protocol::socket port, const RelayOptions& options);

    /// Until the port's other end goes, or the caller is cancelled. Errors: invalid_argument the guest sent
    /// what is no frame, or none of its own.
    Task<void> run();

  private:
    /// From OPEN until the stream is over.
    struct Stream {
        Stream(const asio::any_io_executor& executor, std::uint16_t its_number)
            : number(its_number), broker(executor), idle_end(executor) {}

        void end();

        std::uint16_t number;
        asio::ip::tcp::socket broker;
        asio::steady_timer idle_end;     ///< cancelled when the stream is over
        bool is_open = false;            ///< OPENED was said
        bool is_closed_by_guest = false; ///< who need not be told
        bool is_idle = false;
        Clock::time_point last_movement = Clock::now();
    };
    /// Shared by the session, while it is the current one, and by the coroutines that serve it.
    using SharedStream = std::shared_ptr<Stream>;

    Task<void> read_port();
    Task<void> handle(redoubt::relay::Frame frame);
    asio::awaitable<void> open(std::uint16_t number);
    void close_by_guest();
    asio::awaitable<void> pass_to_broker(SharedStream stream, std::string bytes);
    asio::awaitable<void> serve_stream(SharedStream stream);
    Task<void> connect(SharedStream stream);
    /// Why the stream is over; empty: the broker has ended it.
    asio::awaitable<std::string> pass_to_guest(SharedStream stream);
    asio::awaitable<void> watch_idle(SharedStream stream);
    asio::awaitable<void> tell_guest(std::string bytes);

    const RelayOptions& options_;
    asio::local::stream_protocol::socket port_;
    AsyncMutex writing_; ///< to the guest
    TaskScope tasks_;
    redoubt::relay::FrameReader reader_;
    SharedStream stream_; ///< null: none
};

} // namespace redoubt::node::relay

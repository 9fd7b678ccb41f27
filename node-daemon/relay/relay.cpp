// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/relay/relay.hpp"

#include <sys/un.h>

#include <boost/asio/local/stream_protocol.hpp>

#include "common/log/log.hpp"
#include "node-daemon/relay/relay_session.hpp"

namespace redoubt::node::relay {
namespace {

// A VM that ends takes its port with it a moment later than its connections.
constexpr Duration k_look_again = std::chrono::milliseconds(20);

asio::awaitable<bool> is_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

} // namespace

asio::awaitable<void> serve(RelayOptions options) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    if (options.socket.native().size() >= sizeof(sockaddr_un{}.sun_path)) co_return;
    while (!co_await is_cancelled()) {
        asio::local::stream_protocol::socket port(executor);
        boost::system::error_code error;
        port.connect(asio::local::stream_protocol::endpoint(options.socket.native()), error);
        if (error) co_return; // the VM has ended, or never had such a port
        RelaySession session(std::move(port), options);
        const auto ended = co_await session.run();
        if (!ended)
            log::warning("relay given up: " + ended.error().message, {{"SOCKET", options.socket.native()}});
        if (!co_await is_cancelled()) co_await sleep_for(ended ? k_look_again : options.pause);
    }
}

} // namespace redoubt::node::relay

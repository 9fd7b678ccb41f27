// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/remote_listener.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "common/log/log.hpp"
#include "common/remote/identity.hpp"
#include "node-daemon/access_setup.hpp"
#include "node-daemon/api/remote_server.hpp"

namespace redoubt::node {
namespace {

using namespace std::chrono_literals;

constexpr auto k_call_grace = 15s; ///< for calls that change something

} // namespace

asio::awaitable<void> end_server(api::Server& server, int code) {
    const auto stopped = co_await server.stop(k_call_grace);
    if (stopped) co_return;
    log::warning("stop: " + stopped.error().message);
    std::_Exit(code);
}

Task<void> RemoteListener::start() {
    if (config_.remote.listen.empty()) co_return Status{};
    RDT_CO_CHECK(co_await offload(pool_, [this] { return admit_administrators(access_, config_); }));
    const auto timeout = std::chrono::duration_cast<std::chrono::seconds>(config_.sandbox.stop_timeout);
    RDT_CO_TRY(server_, api::RemoteServer::start(co_await asio::this_coro::executor, parts_,
                                                 {config_.remote.listen, timeout}));
    co_return Status{};
}

asio::awaitable<void> RemoteListener::stop() {
    if (server_) co_await end_server(*server_, EXIT_SUCCESS);
    server_.reset();
}

/// While the daemon goes on: if calls forbid it, the service manager starts the daemon anew.
asio::awaitable<void> RemoteListener::leave() {
    if (server_) co_await end_server(*server_, EXIT_FAILURE);
    server_.reset();
    std::error_code ignored;
    std::filesystem::remove(fingerprint_file(config_), ignored);
    std::filesystem::remove(pairing_file(config_), ignored);
}

Task<void> RemoteListener::take(std::string_view pem) {
    RDT_CO_TRY(auto identity, remote::read_identity_pem(pem));
    const auto current = access_.identity();
    const bool is_new = !current || (*current)->fingerprint != identity.fingerprint;
    if (!is_new && server_) co_return Status{};
    co_await leave();
    if (is_new) access_.present(std::move(identity));
    co_return co_await start();
}

Task<void> RemoteListener::lose(std::string why) {
    if (server_) log::warning("no longer reached from outside: " + why);
    co_await leave();
    access_.lose_identity("its key broker, which keeps it: " + why);
    co_return Status{};
}

} // namespace redoubt::node

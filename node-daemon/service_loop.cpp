// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/service_loop.hpp"

#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>

#include "common/async/task_scope.hpp"
#include "common/log/log.hpp"

namespace redoubt::node {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::microseconds k_status_interval = 5s;

asio::awaitable<void> give_signs_of_life(const host::ServiceManager& manager,
                                         std::function<std::string()> status) {
    const auto interval = std::min(manager.heartbeat().value_or(k_status_interval), k_status_interval);
    std::string said;
    co_await asio::this_coro::throw_if_cancelled(false);
    while ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::none) {
        manager.say_alive();
        if (auto now = status(); now != said) {
            manager.say_status(now);
            said = std::move(now);
        }
        co_await sleep_for(interval);
    }
}

void reload(const host::ServiceManager& manager, const ServiceActions& actions) {
    manager.say_reloading();
    if (const auto reloaded = actions.reload())
        log::info("configuration reloaded");
    else
        log::error("configuration not reloaded", {{"REASON", reloaded.error().message}});
    manager.say_ready(); // with the former configuration, if need be
}

} // namespace

asio::awaitable<void> serve_until_stopped(const host::ServiceManager& manager, ServiceActions actions) {
    const auto executor = co_await asio::this_coro::executor;
    asio::signal_set signals(executor, SIGTERM, SIGINT, SIGHUP);
    TaskScope signs(executor);
    manager.say_ready();
    if (manager.is_present()) signs.spawn(give_signs_of_life(manager, actions.status));
    int number = SIGHUP;
    while (number == SIGHUP) {
        const auto [error, received] = co_await signals.async_wait(k_as_tuple);
        if (error) break;
        number = received;
        if (number == SIGHUP) reload(manager, actions);
    }
    log::info("stopping: VMs go on", {{"SIGNAL", std::to_string(number)}});
    manager.say_stopping();
    signs.cancel();
    co_await signs.join();
}

} // namespace redoubt::node

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/service_loop.hpp"

#include <boost/asio/signal_set.hpp>

#include <systemd/sd-daemon.h>

#include <csignal>
#include <ctime>
#include <optional>

#include "common/async/task_scope.hpp"
#include "common/log/log.hpp"

namespace redoubt::services {
namespace {

std::optional<std::chrono::microseconds> heartbeat() {
    std::uint64_t silence = 0;
    if (::sd_watchdog_enabled(/*unset_environment=*/0, &silence) <= 0) return std::nullopt;
    return std::chrono::microseconds(silence) / 2;
}

asio::awaitable<void> beat(std::chrono::microseconds pause) {
    while ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::none) {
        ::sd_notify(0, "WATCHDOG=1");
        co_await sleep_for(pause);
    }
}

std::string reload_message() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    return std::format("RELOADING=1\nMONOTONIC_USEC={}",
                       std::chrono::floor<std::chrono::microseconds>(microseconds).count());
}

/// Of the signals that the loop waits for.
void change_mask(int how) {
    sigset_t signals{};
    ::sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, number);
    ::pthread_sigmask(how, &signals, nullptr);
}

} // namespace

void hold_signals() {
    change_mask(SIG_BLOCK);
}

asio::awaitable<void> serve_until_stopped(std::function<Status()> reload) {
    const auto executor = co_await asio::this_coro::executor;
    TaskScope tasks(executor);
    if (const auto pause = heartbeat()) tasks.spawn(beat(*pause));
    asio::signal_set signals(executor, SIGTERM, SIGINT, SIGHUP);
    change_mask(SIG_UNBLOCK);
    ::sd_notify(0, "READY=1");
    log::info("ready");
    while (true) {
        const auto [error, number] = co_await signals.async_wait(k_as_tuple);
        if (error || number != SIGHUP) break;
        ::sd_notify(0, reload_message().c_str());
        if (const auto reloaded = reload(); !reloaded) log::error("reload: " + reloaded.error().message);
        ::sd_notify(0, "READY=1");
    }
    ::sd_notify(0, "STOPPING=1");
    tasks.cancel();
    co_await tasks.join();
}

Result<UniqueFd> take_listener() {
    const int count = ::sd_listen_fds(/*unset_environment=*/1);
    if (count < 0) return fail_errno(-count, "take the socket that the service manager passed");
    if (count > 1)
        return fail(Code::invalid_argument, "the service manager passed {} sockets, where one is expected",
                    count);
    return count == 1 ? UniqueFd(SD_LISTEN_FDS_START) : UniqueFd();
}

} // namespace redoubt::services

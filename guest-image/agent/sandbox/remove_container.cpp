// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <csignal>
#include <filesystem>
#include <ranges>
#include <system_error>
#include <utility>

#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {

namespace {

constexpr auto k_look_again = std::chrono::milliseconds(4);
/// The kernel empties a killed cgroup a moment after its processes are gone.
constexpr auto k_patience = std::chrono::seconds(5);

} // namespace

Task<void> Sandbox::remove_container(ContainerId id, std::chrono::seconds timeout) {
    RDT_CO_TRY(const auto container, find(id));
    if (container->state == Container::State::creating || container->state == Container::State::removing)
        co_return fail(Code::failed_precondition, "container '{}' is being made or removed", id);
    const auto before = std::exchange(container->state, Container::State::removing);
    kill(*container);
    const auto deadline = timeout.count() == 0 ? Clock::time_point::max() : Clock::now() + timeout;
    co_await wait_for_end(container, deadline);
    if (container->is_alive()) {
        container->state = before;
        co_return fail(Code::deadline_exceeded, "container '{}' did not end within {} s", id,
                       timeout.count());
    }
    co_await settle(container);
    auto torn_down = tear_down(*container);
    containers_.erase(id);
    co_return torn_down;
}

void Sandbox::kill(const Container& container) const {
    if (container.cgroup) {
        auto killed = container.cgroup->kill();
        auto thawed = container.cgroup->thaw();
    }
    // Without a cgroup the PID namespace takes everything down with its init.
    if (container.is_alive()) auto sent = container.init->signal(SIGKILL);
    for (const auto& [id, exec] : container.execs)
        if (!exec->exit_code()) auto sent = exec->signal(SIGKILL);
}

asio::awaitable<void> Sandbox::wait_for_end(std::shared_ptr<Container> container,
                                            Clock::time_point deadline) const {
    // Polling, since a container without init is waited for as well and the deadline may be none.
    while (container->is_alive() && Clock::now() < deadline) {
        co_await sleep_for(k_look_again);
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return;
    }
}

/// Waits until a killed container's processes are gone and its cgroup with them. A caller that has gone does
/// not cut it short: what is torn down before would be torn down by halves.
asio::awaitable<void> Sandbox::settle(std::shared_ptr<Container> container) const {
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto deadline = Clock::now() + k_patience;
    while ((container->is_alive() || (container->cgroup && !container->cgroup->remove())) &&
           Clock::now() < deadline)
        co_await sleep_for(k_look_again);
    co_await asio::this_coro::throw_if_cancelled(throws);
}

/// Gives back everything made for a container.
Status Sandbox::tear_down(Container& container) {
    Status first;
    const auto note = [&first](Status done) {
        if (first && !done) first = std::move(done);
    };
    oom_watcher_.remove(container.id);
    if (container.cgroup) note(container.cgroup->remove());
    for (const auto& mount_point : container.mount_points | std::views::reverse)
        note(mounter_.release(mount_point));
    container.mount_points.clear();
    container.cgroup.reset();
    // Only folders are left below; anything else there is a mount that could not be taken off, and stays.
    std::error_code ignored;
    const auto bundle = options_.base / container.id.str();
    if (first) std::filesystem::remove_all(bundle, ignored);
    return first;
}

} // namespace redoubt::guest::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/log/log.hpp"
#include "node-daemon/sandbox/end_container.hpp"
#include "node-daemon/sandbox/pause_container.hpp"
#include "node-daemon/sandbox/signal_name.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr int k_default_signal = 15; // SIGTERM
constexpr Duration k_thaw = std::chrono::seconds(2);

/// A paused process obeys, and dies, when it goes on.
asio::awaitable<void> let_go_on(Node& node, std::shared_ptr<Container> container, Duration limit) {
    if (const auto thawed = co_await within(limit, "unpause", thaw(node, container)); !thawed)
        log::warning("unpause: " + thawed.error().message, {{"CONTAINER_ID", container->record.id.str()}});
}

/// Asks the process to end; a guest that does not answer is no reason to fail, as its VM can be killed.
asio::awaitable<void> ask_to_end(Node& node, std::shared_ptr<Container> container, Duration limit) {
    const auto signal = parse_signal(container->spec.stop_signal).value_or(k_default_signal);
    const auto agent = container->sandbox->agent;
    const auto asked =
        co_await within(limit, "stop signal", agent->signal_process(container->record.id, {}, signal));
    if (!asked && asked.error().code != Code::not_found)
        log::warning("stop signal: " + asked.error().message, {{"CONTAINER_ID", container->record.id.str()}});
    co_await let_go_on(node, container, limit);
}

/// Asks, waits, and then takes the VM away. Without time to obey a process is not asked.
Task<void> end_running(Node& node, std::shared_ptr<Container> container, std::chrono::seconds timeout) {
    if (change_state(*container, ContainerState::stopping)) co_await save_or_log(node, container);
    if (timeout == std::chrono::seconds::zero()) {
        co_await let_go_on(node, container, k_thaw);
        co_return co_await end_by_force(node, std::move(container), "killed at once, as was asked");
    }
    const auto deadline = Clock::now() + timeout;
    co_await ask_to_end(node, container, timeout);
    const auto left = std::max(deadline - Clock::now(), Duration::zero());
    if (co_await within(left, "container", wait_until_process_ended(container))) co_return Status{};
    auto reason = std::format("killed: it did not end within {} s of the stop signal", timeout.count());
    co_return co_await end_by_force(node, std::move(container), std::move(reason));
}

} // namespace

Task<void> stop_container(Node& node, std::string container, std::chrono::seconds timeout) {
    RDT_CO_TRY(auto found, find_container(node, container));
    found->record.stopped_by_user = true;
    if (found->state == ContainerState::starting) {
        RDT_CO_CHECK(co_await end_by_force(node, found, "stopped while starting"));
    } else if (found->state == ContainerState::running || found->state == ContainerState::stopping) {
        RDT_CO_CHECK(co_await end_running(node, found, timeout));
    }
    RDT_CO_CHECK(co_await wait_until_ended(found));
    // Also for one that waits for its restart; a container that removes itself has gone.
    if (node.containers.contains(found->record.id) && !found->is_being_removed)
        co_await save_or_log(node, found);
    co_return Status{};
}

} // namespace redoubt::node::sandbox

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

/// Asks the process to end; a guest that does not answer is no reason to fail, as its VM can be killed.
asio::awaitable<void> ask_to_end(Node& node, std::shared_ptr<Container> container, Duration limit) {
    const auto signal = parse_signal(container->spec.stop_signal).value_or(k_default_signal);
    const auto agent = container->sandbox->agent;
    const auto asked =
        co_await within(limit, "stop signal", agent->signal_process(container->record.id, {}, signal));
    if (!asked && asked.error().code != Code::not_found)
        log::warning("stop signal: " + asked.error().message, {{"CONTAINER_ID", container->record.id.str()}});
    // A paused process obeys when it goes on.
    if (const auto thawed = co_await within(limit, "unpause", thaw(node, container)); !thawed)
        log::warning("unpause: " + thawed.error().message, {{"CONTAINER_ID", container->record.id.str()}});
}

} // namespace

Task<void> stop_container(Node& node, std::string container, std::chrono::seconds timeout) {
    RDT_CO_TRY(auto found, find_container(node, container));
    found->record.stopped_by_user = true;
    if (found->state == ContainerState::starting) {
        RDT_CO_CHECK(co_await end_by_force(node, found, "stopped while starting"));
    } else if (found->state == ContainerState::running || found->state == ContainerState::stopping) {
        const auto deadline = Clock::now() + timeout;
        if (change_state(*found, ContainerState::stopping)) co_await save_or_log(node, found);
        co_await ask_to_end(node, found, timeout);
        const auto left = std::max(deadline - Clock::now(), Duration::zero());
        if (!co_await within(left, "container", wait_until_process_ended(found)))
            RDT_CO_CHECK(co_await end_by_force(
                node, found,
                std::format("killed: it did not end within {} s of the stop signal", timeout.count())));
    }
    RDT_CO_CHECK(co_await wait_until_ended(found));
    // Also for one that waits for its restart; a container that removes itself has gone.
    if (node.containers.contains(found->record.id) && !found->is_being_removed)
        co_await save_or_log(node, found);
    co_return Status{};
}

} // namespace redoubt::node::sandbox

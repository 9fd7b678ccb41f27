// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/container.hpp"

#include <array>
#include <utility>

#include "node-daemon/sandbox/confidential_sandbox.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

Container::Container(const asio::any_io_executor& executor, asio::thread_pool& pool,
                     store::ContainerRecord row, ContainerSpec wanted, std::filesystem::path log_file,
                     std::uint64_t log_max_bytes)
    : record(std::move(row)), spec(std::move(wanted)),
      log(executor, pool, std::move(log_file), log_max_bytes), changes(executor), letting_go(executor),
      changed(executor) {}

bool is_legal(ContainerState from, ContainerState to) {
    using enum ContainerState;
    constexpr std::array k_legal = {
        std::pair{created, starting}, std::pair{starting, running}, std::pair{starting, exited},
        std::pair{running, stopping}, std::pair{running, exited},   std::pair{stopping, exited},
        std::pair{exited, starting},
    };
    for (const auto& [before, after] : k_legal)
        if (before == from && after == to) return true;
    return false;
}

Status change_state(Container& container, ContainerState to) {
    if (!is_legal(container.state, to))
        return fail(Code::failed_precondition, "container '{}' is {}", container.record.name,
                    name_of(container.state));
    container.state = to;
    container.record.state = name_of(to);
    container.changed.pulse();
    container.log.changed().pulse();
    return {};
}

Result<std::shared_ptr<PodSandbox>> running_sandbox(const Container& container) {
    using enum ContainerState;
    const auto& sandbox = container.sandbox;
    const bool runs = container.state == running || container.state == stopping;
    if (!runs || !sandbox || !sandbox->agent || sandbox->is_closed)
        return fail(Code::failed_precondition, "container '{}' is not running: it is {}",
                    container.record.name, name_of(container.state));
    return sandbox;
}

bool is_active(const Container& container) {
    using enum ContainerState;
    return container.sandbox != nullptr || (container.state != created && container.state != exited);
}

namespace {

/// As its VM was launched; before there was one, as this node would launch it.
bool is_simulation(const Node& node, const Container& container) {
    if (container.spec.level != launch::IsolationLevel::confidential) return false;
    const auto trust = container.sandbox ? container.sandbox->facts.info.confidential.trust : std::string();
    if (trust.empty()) return node.settings.facts.confidential.is_simulation();
    return trust == k_simulation;
}

} // namespace

ContainerSummary summarize(const Node& node, const Container& container) {
    const bool is_silent = container.sandbox && !container.sandbox->trouble.empty();
    return {.id = container.record.id,
            .name = container.record.name,
            .image = container.spec.image,
            .image_id = container.record.image_id,
            .command = container.command,
            .state = container.state,
            .created_at = container.record.created_at,
            .started_at = container.record.started_at,
            .finished_at = container.record.finished_at,
            .exit_code = container.record.exit_code,
            .oom_killed = container.record.oom_killed,
            .reason = is_silent ? container.sandbox->trouble : container.record.reason,
            .labels = container.spec.labels,
            .restarts = static_cast<std::uint32_t>(container.record.restart_count),
            .is_paused = container.state == ContainerState::running && container.sandbox &&
                         container.sandbox->facts.is_paused,
            .pod = container.record.pod,
            .is_ready = container.state == ContainerState::running && container.is_ready,
            .level = container.spec.level,
            .is_simulation = is_simulation(node, container)};
}

Task<void> wait_until_ended(std::shared_ptr<Container> container) {
    while (is_active(*container)) {
        co_await container->changed.wait();
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "wait for container '{}'", container->record.name);
    }
    co_return Status{};
}

} // namespace redoubt::node::sandbox

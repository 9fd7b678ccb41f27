// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/restart_policy.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/pod_member.hpp"
#include "node-daemon/sandbox/start_container.hpp"
#include "node-daemon/sandbox/start_pod.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;
using Kind = RestartPolicy::Kind;

constexpr Duration k_first_delay = 100ms;
constexpr Duration k_longest_delay = 1min;
constexpr UnixTime k_long_run = 10'000'000'000; // nanoseconds

bool may_retry(const Container& container) {
    const auto& policy = container.spec.restart;
    return container.record.exit_code != 0 &&
           (policy.most_retries == 0 || container.record.restart_count < policy.most_retries);
}

/// Nobody has removed, started or stopped it meanwhile.
bool is_still_due(const Node& node, const Container& container) {
    return !node.is_leaving && !container.is_being_removed && !container.sandbox &&
           container.state == ContainerState::exited && node.containers.contains(container.record.id) &&
           wants_restart(container);
}

asio::awaitable<void> restart_later(Node& node, std::shared_ptr<Container> container) {
    while (is_still_due(node, *container)) {
        co_await sleep_for(restart_delay(*container));
        if (!is_still_due(node, *container)) break;
        ++container->record.restart_count;
        const bool was_short = container->record.finished_at - container->record.started_at < k_long_run;
        container->short_runs = was_short ? container->short_runs + 1 : 0;
        const auto started = co_await start(node, container, StartedBy::policy);
        if (started) break;
        log::warning("restart: " + started.error().message, {{"CONTAINER_ID", container->record.id.str()}});
    }
    container->is_restarting = false;
    if (container->pod) co_await release_pod(node, container->pod);
}

} // namespace

bool wants_restart(const Container& container) {
    if (container.record.stopped_by_user) return false;
    switch (container.spec.restart.kind) {
    case Kind::no: return false;
    case Kind::on_failure: return may_retry(container);
    case Kind::always:
    case Kind::unless_stopped: return true;
    }
    return false;
}

bool wants_start_with_node(const Container& container) {
    if (container.state != ContainerState::exited) return false;
    return container.spec.restart.kind == Kind::always || wants_restart(container);
}

Duration restart_delay(const Container& container) {
    constexpr unsigned k_enough = 16; // doublings: beyond the longest
    return std::min(k_first_delay * (1U << std::min(container.short_runs, k_enough)), k_longest_delay);
}

void restart_by_policy(Node& node, std::shared_ptr<Container> container) {
    if (node.is_leaving || container->is_restarting || !wants_restart(*container)) return;
    container->is_restarting = true;
    node.tasks.spawn(restart_later(node, std::move(container)));
}

asio::awaitable<void> start_with_node(Node& node) {
    std::vector<std::shared_ptr<Container>> due;
    for (const auto& [id, container] : node.containers)
        if (!container->pod && wants_start_with_node(*container)) due.push_back(container);
    std::ranges::sort(due, {}, [](const auto& container) { return container->record.created_at; });
    for (const auto& container : due) {
        if (node.is_leaving) co_return;
        if (container->sandbox || container->is_being_removed) continue; // somebody was faster
        log::info("starting with the node", {{"CONTAINER_ID", container->record.id.str()}});
        container->record.stopped_by_user = false;
        if (const auto started = co_await start(node, container, StartedBy::policy); !started)
            restart_by_policy(node, container);
    }
    co_await start_pods_with_node(node);
}

Status check_restart(const ContainerSpec& spec) {
    if (spec.auto_remove && spec.restart.kind != Kind::no)
        return fail(Code::invalid_argument,
                    "a container that removes itself when it ends cannot be restarted: --rm or --restart {}, "
                    "not both",
                    name_of(spec.restart.kind));
    if (spec.restart.most_retries != 0 && spec.restart.kind != Kind::on_failure)
        return fail(Code::invalid_argument, "restart policy '{}' has no number of retries, on-failure has",
                    name_of(spec.restart.kind));
    return {};
}

} // namespace redoubt::node::sandbox

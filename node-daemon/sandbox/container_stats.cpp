// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/async/task_scope.hpp"
#include "common/log/log.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;

/// One guest that hangs is not to hide what the others use.
constexpr auto k_patience = 5s;

ContainerUsage usage_of(const Container& container, const PodSandbox& sandbox,
                        const agent_client::ContainerStats& stats) {
    ContainerUsage usage;
    usage.id = container.record.id;
    usage.name = container.record.name;
    usage.time = unix_now();
    usage.started_at = container.record.started_at;
    usage.cpu_usage_ns = stats.cpu_usage_ns;
    usage.memory_bytes = stats.memory_usage_bytes;
    const auto ram = sandbox.facts.info.memory_bytes;
    const auto limit = stats.memory_limit_bytes;
    usage.memory_limit_bytes = limit == 0 || limit > ram ? ram : limit;
    usage.network_received_bytes = stats.network_received_bytes;
    usage.network_sent_bytes = stats.network_sent_bytes;
    usage.block_read_bytes = stats.block_read_bytes;
    usage.block_written_bytes = stats.block_written_bytes;
    usage.pids = stats.pids;
    usage.pids_limit = stats.pids_limit;
    usage.vcpus = sandbox.facts.info.vcpus;
    return usage;
}

asio::awaitable<void> measure(std::shared_ptr<Container> container, Result<ContainerUsage>* result) {
    const auto sandbox = running_sandbox(*container);
    if (!sandbox) {
        *result = std::unexpected(sandbox.error());
        co_return;
    }
    const auto agent = (*sandbox)->agent;
    const auto stats = co_await within(k_patience, std::format("container '{}'", container->record.name),
                                       agent->stats(container->record.id));
    if (stats)
        *result = usage_of(*container, **sandbox, *stats);
    else
        *result = std::unexpected(stats.error());
}

} // namespace

Task<std::vector<ContainerUsage>> container_stats(Node& node, std::vector<std::string> containers) {
    std::vector<std::shared_ptr<Container>> wanted;
    for (const auto& name : containers) {
        RDT_CO_TRY(auto found, find_container(node, name));
        wanted.push_back(std::move(found));
    }
    const bool is_named = !wanted.empty();
    if (!is_named)
        for (const auto& [id, container] : node.containers)
            if (running_sandbox(*container)) wanted.push_back(container);

    std::vector<Result<ContainerUsage>> results(wanted.size());
    TaskScope asking(node.executor);
    for (std::size_t i = 0; i < wanted.size(); ++i) asking.spawn(measure(wanted[i], &results[i]));
    co_await asking.join();

    std::vector<ContainerUsage> usages;
    for (auto& result : results) {
        if (result)
            usages.push_back(std::move(*result));
        else if (is_named)
            co_return std::unexpected(std::move(result).error());
        else
            log::debug("stats: " + result.error().message);
    }
    co_return usages;
}

} // namespace redoubt::node::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/collect.hpp"

#include <algorithm>
#include <format>

#include "common/base/file.hpp"
#include "node-daemon/metrics/vm_overhead.hpp"
#include "node-daemon/sandbox/drain_node.hpp"

namespace redoubt::node::metrics {
namespace {

constexpr std::chrono::seconds k_patience{5}; ///< with guests; a scrape takes ten at most
constexpr double k_nanoseconds = 1e9;

bool has_vm(launch::IsolationLevel level) {
    return level == launch::IsolationLevel::vm || level == launch::IsolationLevel::confidential;
}

/// Those that have said what they use. Who ends meanwhile is left out.
std::vector<VmMemory> memory_of_vms(const sandbox::Node& node,
                                    const std::vector<sandbox::ContainerUsage>& containers) {
    std::map<int, VmMemory> vms; // containers of a pod share one
    for (const auto& usage : containers) {
        const auto details = sandbox::inspect_container(node, usage.id.str());
        if (!details || !has_vm(details->summary.level) || details->sandbox.vmm_pid == 0) continue;
        auto& vm = vms[details->sandbox.vmm_pid];
        vm.containers += usage.memory_bytes;
        vm.runtime_class =
            details->summary.level == launch::IsolationLevel::vm ? "redoubt" : "redoubt-confidential";
    }
    std::vector<VmMemory> out;
    for (auto& [vmm, vm] : vms) {
        const auto status = read_file(std::format("/proc/{}/status", vmm)).and_then(parse_vmm_memory);
        if (!status) continue;
        vm.host = *status;
        out.push_back(std::move(vm));
    }
    return out;
}

} // namespace

Counts count(const sandbox::Node& node) {
    Counts counts;
    std::vector<PodId> pods; // that have a VM: one for all of their containers
    for (const auto& container : sandbox::list_containers(node, sandbox::ListScope::all)) {
        ++counts.containers;
        if (container.state != sandbox::ContainerState::running) continue;
        ++counts.containers_running;
        if (!has_vm(container.level)) continue;
        if (!container.pod.empty()) {
            if (std::ranges::contains(pods, container.pod)) continue;
            pods.push_back(container.pod);
        }
        ++counts.vms;
    }
    return counts;
}

Task<Figures> collect(sandbox::Node& node) {
    Figures figures;
    RDT_CO_TRY(const auto info, co_await sandbox::node_info(node));
    figures.version = info.version;
    figures.started_at = static_cast<double>(info.started_at) / k_nanoseconds;
    figures.is_drained = sandbox::is_drained(node);
    figures.images = info.images;
    figures.counts = count(node);
    for (const auto* state : {"created", "running", "exited"}) figures.containers_by_state[state] = 0;
    for (const auto& container : sandbox::list_containers(node, sandbox::ListScope::all))
        ++figures.containers_by_state[std::string(name_of(container.state))];
    figures.pods = sandbox::list_pods(node).size();
    figures.volumes = sandbox::list_volumes(node).size();
    auto usage = co_await within(k_patience, "the guests", sandbox::container_stats(node, {}));
    figures.has_usage = usage.has_value();
    if (usage) figures.containers = std::move(*usage);
    figures.vm_overhead = overhead_of(memory_of_vms(node, figures.containers));
    co_return figures;
}

} // namespace redoubt::node::metrics

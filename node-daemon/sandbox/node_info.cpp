// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/node_info.hpp"

#include <algorithm>

#include "node-daemon/image/image_store.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

Verdict verdict_of(host::Verdict verdict) {
    switch (verdict) {
    case host::Verdict::ok: return Verdict::ok;
    case host::Verdict::warning: return Verdict::warning;
    case host::Verdict::failed: return Verdict::failed;
    }
    return Verdict::failed;
}

} // namespace

Task<NodeInfo> node_info(Node& node) {
    const auto& settings = node.settings;
    NodeInfo info;
    info.version = REDOUBT_VERSION;
    info.hostname = settings.host.hostname;
    info.kernel = settings.host.kernel_release;
    info.state_directory = settings.state_directory;
    info.hypervisor_version = (co_await node.hypervisor.version()).value_or("not found");
    info.accelerator = settings.accelerator.accelerator == launch::Accelerator::kvm ? "kvm" : "tcg";
    info.accelerator_reason = settings.accelerator.reason;
    info.guest_kernel_sha384 = settings.guest_manifest.kernel_sha384;
    info.guest_initramfs_sha384 = settings.guest_manifest.initramfs_sha384;
    info.guest_version = settings.guest_manifest.agent_version;
    info.containers_total = node.containers.size();
    info.containers_running = list_containers(node, ListScope::running).size();
    info.images = node.images.list().size();
    info.cpus = settings.host.cpus;
    info.memory_bytes = settings.host.memory_bytes;
    info.started_at = node.started_at;
    info.pool_size = static_cast<std::uint32_t>(node.vm_pool.size);
    info.pool_waiting = static_cast<std::uint32_t>(node.vm_pool.ready.size());
    co_return info;
}

Task<std::vector<NodeCheck>> check_node(Node& node) {
    host::CheckInputs inputs;
    inputs.qemu = node.settings.qemu;
    inputs.guest = node.settings.guest;
    inputs.state_directory = node.settings.state_directory;
    inputs.accelerator = node.settings.accelerator;
    inputs.runtimes = node.settings.runtimes;
    inputs.minimum_level = node.settings.minimum_level;
    inputs.confidential = node.settings.facts.confidential;
    inputs.processors = node.settings.processors;
    auto results =
        co_await offload(node.pool, [inputs = std::move(inputs)] { return host::check_host(inputs); });
    std::vector<NodeCheck> checks;
    checks.reserve(results.size());
    for (auto& result : results)
        checks.push_back({std::move(result.name), verdict_of(result.verdict), std::move(result.detail),
                          std::move(result.remedy)});
    NodeCheck network{.name = "network", .verdict = Verdict::ok, .detail = {}, .remedy = {}};
    if (const auto known = co_await node.network.known()) {
        network.detail = "default network: " + known->names.front();
        for (const auto& problem : known->problems) network.detail += "; cannot be used: " + problem;
        if (!known->problems.empty()) {
            network.verdict = Verdict::warning;
            network.remedy = "mend or remove these configurations";
        }
    } else {
        network.verdict = Verdict::warning;
        network.detail = known.error().message;
        network.remedy = "containers run without a network until this is mended";
    }
    checks.push_back(std::move(network));
    co_return checks;
}

} // namespace redoubt::node::sandbox

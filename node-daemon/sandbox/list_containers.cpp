// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/spec_json.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {

std::vector<ContainerSummary> list_containers(const Node& node, ListScope scope) {
    std::vector<ContainerSummary> summaries;
    for (const auto& [id, container] : node.containers) {
        const bool has_ended =
            container->state == ContainerState::created || container->state == ContainerState::exited;
        if (scope == ListScope::all || !has_ended) summaries.push_back(summarize(node, *container));
    }
    std::ranges::sort(summaries, std::ranges::greater(), &ContainerSummary::created_at);
    return summaries;
}

namespace {

/// Of one that is over: what its evidence was about, for who asks afterwards. Nothing of it is there any
/// more.
SandboxInfo last_launch_of(const Container& container) {
    SandboxInfo info;
    if (container.record.last_launch.empty()) return info;
    const auto facts = parse_facts(container.record.last_launch);
    if (!facts) return info; // a daemon that came later wrote it
    info.vcpus = facts->info.vcpus;
    info.memory_bytes = facts->info.memory_bytes;
    info.kernel_cmdline = facts->info.kernel_cmdline;
    info.confidential = facts->info.confidential;
    return info;
}

} // namespace

Result<ContainerDetails> inspect_container(const Node& node, const std::string& container) {
    RDT_TRY(const auto found, find_container(node, container));
    ContainerDetails details;
    details.summary = summarize(node, *found);
    details.spec = found->spec;
    details.log_path = found->log.file();
    if (const auto& sandbox = found->sandbox) {
        details.sandbox = sandbox->facts.info;
        details.sandbox.id = sandbox->id;
        if (sandbox->vm && !sandbox->is_gone) details.sandbox.vmm_pid = sandbox->vm->record().pid;
    } else {
        details.sandbox = last_launch_of(*found);
    }
    return details;
}

std::unique_ptr<EventHub::Subscription> watch_events(Node& node, UnixTime since, bool follow) {
    return node.events.subscribe(since, follow);
}

} // namespace redoubt::node::sandbox

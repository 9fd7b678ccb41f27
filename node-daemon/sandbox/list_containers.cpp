// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {

std::vector<ContainerSummary> list_containers(const Node& node, ListScope scope) {
    std::vector<ContainerSummary> summaries;
    for (const auto& [id, container] : node.containers) {
        const bool has_ended =
            container->state == ContainerState::created || container->state == ContainerState::exited;
        if (scope == ListScope::all || !has_ended) summaries.push_back(summarize(*container));
    }
    std::ranges::sort(summaries, std::ranges::greater(), &ContainerSummary::created_at);
    return summaries;
}

Result<ContainerDetails> inspect_container(const Node& node, const std::string& container) {
    RDT_TRY(const auto found, find_container(node, container));
    ContainerDetails details;
    details.summary = summarize(*found);
    details.spec = found->spec;
    details.log_path = found->log.file();
    if (const auto& sandbox = found->sandbox) {
        details.sandbox = sandbox->facts.info;
        details.sandbox.id = sandbox->id;
        if (sandbox->vm && !sandbox->is_gone) details.sandbox.vmm_pid = sandbox->vm->record().pid;
    }
    return details;
}

std::unique_ptr<EventHub::Subscription> watch_events(Node& node, UnixTime since, bool follow) {
    return node.events.subscribe(since, follow);
}

} // namespace redoubt::node::sandbox

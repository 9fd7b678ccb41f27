// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/pod.hpp"

#include <algorithm>

namespace redoubt::node::sandbox {

std::string_view name_of(PodState state) {
    switch (state) {
    case PodState::created: return "created";
    case PodState::running: return "running";
    case PodState::degraded: return "degraded";
    case PodState::exited: return "exited";
    }
    return "unknown";
}

std::string_view name_of(Probe::Purpose purpose) {
    switch (purpose) {
    case Probe::Purpose::startup: return "startup";
    case Probe::Purpose::readiness: return "readiness";
    case Probe::Purpose::liveness: return "liveness";
    }
    return "unknown";
}

std::string_view name_of(Probe::Kind kind) {
    switch (kind) {
    case Probe::Kind::exec: return "exec";
    case Probe::Kind::http: return "http";
    case Probe::Kind::tcp: return "tcp";
    }
    return "unknown";
}

Result<std::shared_ptr<Pod>> find_pod(const Node& node, const std::string& wanted) {
    if (wanted.empty()) return fail(Code::invalid_argument, "no pod named");
    if (const auto found = node.pods.find(PodId(wanted)); found != node.pods.end()) return found->second;
    for (const auto& [id, pod] : node.pods)
        if (pod->record.name == wanted) return pod;
    std::shared_ptr<Pod> match;
    for (auto found = node.pods.lower_bound(PodId(wanted));
         found != node.pods.end() && found->first.str().starts_with(wanted); ++found) {
        if (match)
            return fail(Code::invalid_argument, "'{}' is the beginning of more than one pod id", wanted);
        match = found->second;
    }
    if (!match) return fail(Code::not_found, "no pod '{}'", wanted);
    return match;
}

std::vector<std::shared_ptr<Container>> members_of(const Node& node, const Pod& pod) {
    std::vector<std::shared_ptr<Container>> members;
    for (const auto& [id, container] : node.containers)
        if (container->pod.get() == &pod) members.push_back(container);
    std::ranges::stable_sort(members, {}, [](const auto& container) { return container->record.created_at; });
    return members;
}

PodState state_of(const Node& node, const Pod& pod) {
    std::size_t running = 0;
    std::size_t failed = 0;
    bool has_run = false;
    for (const auto& container : members_of(node, pod)) {
        const bool has_ended = container->state == ContainerState::exited;
        has_run = has_run || container->state != ContainerState::created;
        if (is_active(*container)) ++running;
        if (has_ended && container->record.exit_code != 0) ++failed;
    }
    if (running > 0) return failed > 0 ? PodState::degraded : PodState::running;
    return has_run ? PodState::exited : PodState::created;
}

void publish(Node& node, const Pod& pod, std::string action) {
    NodeEvent event;
    event.type = "pod";
    event.action = std::move(action);
    event.id = pod.record.id.str();
    event.name = pod.record.name;
    node.events.publish(std::move(event));
}

Task<void> save(Node& node, std::shared_ptr<Pod> pod) {
    auto record = pod->record;
    auto saved = co_await node.store.save(std::move(record));
    co_return saved.transform_error(context("save pod '{}'", pod->record.name));
}

std::string scratch_name(const SandboxId& sandbox, const std::string& volume) {
    return sandbox.str() + "+" + volume; // '+' is in no volume's name
}

} // namespace redoubt::node::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
// The use cases of pods and networks.
#include "tests/unit/node-daemon/api/fake_node.hpp"

namespace redoubt::node::sandbox {

Task<PodId> create_pod(Node& node, PodSpec spec) {
    node.note(std::format("create pod {} with {} volumes and {} ports", spec.name, spec.volumes.size(),
                          spec.ports.size()));
    co_return PodId("p0d");
}

Task<void> start_pod(Node& node, std::string pod) {
    node.note("start pod " + pod);
    co_return Status();
}

Task<void> stop_pod(Node& node, std::string pod, std::optional<std::chrono::seconds> timeout) {
    node.note(std::format("stop pod {} {}", pod, timeout ? std::to_string(timeout->count()) : "in its time"));
    co_return Status();
}

Task<void> kill_pod(Node& node, std::string pod, std::string signal) {
    node.note(std::format("kill pod {} {}", pod, signal));
    co_return Status();
}

Task<void> remove_pod(Node& node, std::string pod, RemoveMode mode) {
    node.note(std::format("remove pod {}{}", pod, mode == RemoveMode::force ? " force" : ""));
    co_return Status();
}

std::vector<PodSummary> list_pods(const Node& /*node*/) {
    PodSummary summary{.id = PodId("p0d"), .name = "web", .state = PodState::degraded};
    summary.containers.push_back({.id = ContainerId("a"), .pod = PodId("p0d"), .is_ready = true});
    return {summary};
}

Result<PodDetails> inspect_pod(const Node& node, const std::string& pod) {
    if (pod != "web") return fail(Code::not_found, "no pod '{}'", pod);
    PodDetails details;
    details.summary = list_pods(node).front();
    details.spec.name = "web";
    details.spec.volumes = {{.name = "keys",
                             .kind = launch::PodVolumeKind::files,
                             .files = {{.path = "token", .mode = 0400, .bytes = "secret"}}}};
    return details;
}

Task<ListedNetworks> list_networks(Node& /*node*/) {
    ListedNetworks listed;
    listed.networks.push_back({.info = {.name = "back"}, .users = {"web"}});
    co_return listed;
}

Task<NetworkDetails> inspect_network(Node& /*node*/, std::string network) {
    co_return fail(Code::not_found, "no network '{}'", network);
}

Task<NetworkDetails> create_network(Node& node, network::NewNetwork wanted) {
    node.note("create network " + wanted.name);
    co_return NetworkDetails{.info = {.name = wanted.name}, .users = {}};
}

Task<void> remove_network(Node& node, std::string network) {
    node.note("remove network " + network);
    co_return Status();
}

Task<std::vector<std::string>> prune_networks(Node& /*node*/) {
    co_return std::vector<std::string>{"back"};
}

} // namespace redoubt::node::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/pod.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

Result<network::NetworkCatalog*> catalog_of(const Node& node) {
    if (node.catalog == nullptr) return fail(Code::unimplemented, "this node keeps no networks");
    return node.catalog;
}

/// Made ones count, too: they will want it when they start.
std::vector<std::string> users_of_network(const Node& node, const std::string& network) {
    std::vector<std::string> users;
    for (const auto& [id, container] : node.containers)
        if (std::ranges::contains(container->spec.networks, network)) users.push_back(container->record.name);
    for (const auto& [id, pod] : node.pods)
        if (std::ranges::contains(pod->spec.networks, network)) users.push_back(pod->record.name);
    std::ranges::sort(users);
    return users;
}

NetworkDetails describe(const Node& node, network::NetworkInfo info) {
    auto users = users_of_network(node, info.name);
    return {.info = std::move(info), .users = std::move(users)};
}

void publish_network(Node& node, const std::string& name, std::string action) {
    NodeEvent event;
    event.type = "network";
    event.action = std::move(action);
    event.name = name;
    node.events.publish(std::move(event));
}

} // namespace

Task<ListedNetworks> list_networks(Node& node) {
    RDT_CO_TRY(auto* const catalog, catalog_of(node));
    RDT_CO_TRY(auto listed, co_await catalog->list());
    ListedNetworks out{.networks = {}, .problems = std::move(listed.problems)};
    for (auto& info : listed.networks) out.networks.push_back(describe(node, std::move(info)));
    co_return out;
}

Task<NetworkDetails> inspect_network(Node& node, std::string network) {
    RDT_CO_TRY(auto listed, co_await list_networks(node));
    for (auto& known : listed.networks)
        if (known.info.name == network) co_return std::move(known);
    co_return fail(Code::not_found, "no network '{}'", network);
}

Task<NetworkDetails> create_network(Node& node, network::NewNetwork wanted) {
    RDT_CO_TRY(auto* const catalog, catalog_of(node));
    RDT_CO_TRY(auto info, co_await catalog->create(std::move(wanted)));
    publish_network(node, info.name, "create");
    log::info("network created", {{"NETWORK", info.name}});
    co_return describe(node, std::move(info));
}

Task<void> remove_network(Node& node, std::string network) {
    RDT_CO_TRY(auto* const catalog, catalog_of(node));
    if (const auto users = users_of_network(node, network); !users.empty())
        co_return fail(Code::failed_precondition, "network '{}' is used by '{}'{}", network, users.front(),
                       users.size() > 1 ? " and others" : "");
    RDT_CO_CHECK(co_await catalog->remove(network));
    publish_network(node, network, "remove");
    log::info("network removed", {{"NETWORK", network}});
    co_return Status{};
}

Task<std::vector<std::string>> prune_networks(Node& node) {
    RDT_CO_TRY(const auto listed, co_await list_networks(node));
    std::vector<std::string> removed;
    for (const auto& network : listed.networks) {
        if (!network.info.is_made_here || !network.users.empty()) continue;
        RDT_CO_CHECK(co_await remove_network(node, network.info.name));
        removed.push_back(network.info.name);
    }
    co_return removed;
}

} // namespace redoubt::node::sandbox

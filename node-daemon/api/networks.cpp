// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {
namespace {

pb::Network encode(const sandbox::NetworkDetails& network) {
    pb::Network out;
    const auto& info = network.info;
    out.set_name(info.name);
    out.set_driver(info.plugins.empty() ? "" : info.plugins.front());
    for (const auto& plugin : info.plugins) out.add_plugins(plugin);
    out.set_bridge(info.bridge);
    for (const auto& subnet : info.subnets) out.add_subnets(subnet);
    out.set_is_default(info.is_default);
    out.set_names(info.has_names);
    out.set_path(info.file.string());
    for (const auto& user : network.users) out.add_users(user);
    out.set_configuration(info.text);
    return out;
}

} // namespace

Task<pb::ListNetworksResponse> list_networks(sandbox::Node& node, pb::ListNetworksRequest /*request*/) {
    RDT_CO_TRY(const auto listed, co_await sandbox::list_networks(node));
    pb::ListNetworksResponse response;
    for (const auto& network : listed.networks) *response.add_networks() = encode(network);
    for (const auto& problem : listed.problems) response.add_problems(problem);
    co_return response;
}

Task<pb::Network> inspect_network(sandbox::Node& node, pb::InspectNetworkRequest request) {
    RDT_CO_CHECK(require("network", request.network()));
    RDT_CO_TRY(const auto network, co_await sandbox::inspect_network(node, request.network()));
    co_return encode(network);
}

Task<pb::Network> create_network(sandbox::Node& node, pb::CreateNetworkRequest request) {
    network::NewNetwork wanted{.name = request.name(),
                               .subnets = {request.subnets().begin(), request.subnets().end()},
                               .is_internal = request.internal(),
                               .mtu = request.mtu(),
                               .without_names = request.without_names()};
    RDT_CO_TRY(const auto network, co_await sandbox::create_network(node, std::move(wanted)));
    co_return encode(network);
}

Task<pb::RemoveNetworkResponse> remove_network(sandbox::Node& node, pb::RemoveNetworkRequest request) {
    RDT_CO_CHECK(require("network", request.network()));
    RDT_CO_CHECK(co_await sandbox::remove_network(node, request.network()));
    co_return pb::RemoveNetworkResponse();
}

Task<pb::PruneNetworksResponse> prune_networks(sandbox::Node& node, pb::PruneNetworksRequest /*request*/) {
    RDT_CO_TRY(const auto removed, co_await sandbox::prune_networks(node));
    pb::PruneNetworksResponse response;
    for (const auto& name : removed) response.add_removed(name);
    co_return response;
}

} // namespace redoubt::node::api

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/connect_network.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/ledger.hpp"
#include "node-daemon/sandbox/pod.hpp"

namespace redoubt::node::sandbox {
namespace {

bool is_any_address(const std::string& ip) {
    return ip.empty() || ip == "0.0.0.0" || ip == "::";
}

bool collide(const launch::PortMapping& one, const launch::PortMapping& other) {
    return one.protocol == other.protocol && one.host_port == other.host_port &&
           (one.host_ip == other.host_ip || is_any_address(one.host_ip) || is_any_address(other.host_ip));
}

/// The packet filter would take both and send everything to the first.
Status check_ports_free(const Node& node, const ContainerId& owner,
                        const std::vector<launch::PortMapping>& ports) {
    const auto check = [&ports](const auto& taken, const std::string& whose) -> Status {
        for (const auto& known : taken)
            for (const auto& port : ports)
                if (collide(port, known))
                    return fail(Code::already_exists, "port {}/{} of this host belongs to {}", port.host_port,
                                port.protocol, whose);
        return {};
    };
    for (const auto& [id, container] : node.containers) {
        if (id == owner || !container->sandbox || !container->sandbox->has_network) continue;
        RDT_CHECK(check(container->spec.ports, "container '" + container->record.name + "'"));
    }
    for (const auto& [id, pod] : node.pods) {
        if (id.str() == owner.str() || !pod->sandbox || !pod->sandbox->has_network) continue;
        RDT_CHECK(check(pod->spec.ports, "pod '" + pod->record.name + "'"));
    }
    return {};
}

Task<void> make_namespace(Node& node, SandboxId sandbox, ContainerId owner) {
    RDT_CO_CHECK(co_await note(node, k_network_namespace, sandbox.str(), std::move(owner)));
    co_return co_await node.network.make_namespace(std::move(sandbox));
}

Task<network::Attachment> attach(Node& node, network::AttachRequest request, ContainerId owner) {
    RDT_CO_CHECK(co_await note(node, k_network_attachment, request.sandbox.str(), std::move(owner)));
    co_return co_await node.network.attach(std::move(request));
}

SandboxInterface describe(const launch::GuestInterface& interface, const std::string& network) {
    SandboxInterface out{.name = interface.name,
                         .network = network,
                         .mac = interface.mac,
                         .mtu = interface.mtu,
                         .addresses = {}};
    for (const auto& address : interface.addresses)
        out.addresses.push_back(std::format("{}/{}", address.address, address.prefix));
    return out;
}

/// One interface: the network's end, then the VM's.
Task<void> connect_one(Node& node, std::shared_ptr<PodSandbox> sandbox, network::AttachRequest request,
                       ContainerId owner, std::uint32_t queues, ConnectedNetwork& connected) {
    const auto name = request.network;
    network::TapRequest wanted{.sandbox = request.sandbox, .interface = request.interface, .queues = queues};
    const auto& waiting = sandbox->waiting;
    if (waiting) wanted.stage = network::TapStage::tie;
    RDT_CO_TRY(auto attachment, co_await attach(node, std::move(request), std::move(owner)));
    if (connected.dns.empty()) connected.dns = std::move(attachment.dns);
    connected.network_namespace = std::move(attachment.network_namespace);
    RDT_CO_TRY(auto tap, co_await node.network.make_tap(std::move(wanted)));
    if (waiting) tap.queues = std::exchange(waiting->taps.at(connected.taps.size()), {});
    sandbox->facts.info.interfaces.push_back(describe(tap.interface, name));
    connected.taps.push_back(std::move(tap));
    co_return Status{};
}

/// False, and logged, when something of it is left.
asio::awaitable<bool> remove_attachments(Node& node, SandboxId sandbox) {
    const auto detached = co_await node.network.detach(sandbox);
    if (detached)
        co_await forget(node, k_network_attachment, sandbox.str());
    else
        log::error("detach: " + detached.error().message, {{"SANDBOX_ID", sandbox.str()}});
    co_return detached.has_value();
}

} // namespace

Task<ConnectedNetwork> connect_network(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner,
                                       launch::NetworkPlan plan, AsyncUnwind& undo) {
    ConnectedNetwork connected;
    if (plan.names.empty()) co_return connected;
    RDT_CO_CHECK(check_ports_free(node, owner, plan.ports));
    sandbox->has_network = true;

    undo.push([&node, id = sandbox->id] { return disconnect_network(node, id); });
    if (!sandbox->waiting) RDT_CO_CHECK(co_await make_namespace(node, sandbox->id, owner));
    for (std::size_t i = 0; i < plan.names.size(); ++i) {
        network::AttachRequest request{.sandbox = sandbox->id,
                                       .interface = std::format("eth{}", i),
                                       .network = plan.names[i],
                                       .ports = {},
                                       .names = plan.aliases};
        if (i == 0) {
            request.ports = plan.ports; // a port of the host leads to one place
            request.bandwidth = plan.bandwidth;
        }
        RDT_CO_CHECK(co_await connect_one(node, sandbox, std::move(request), owner, plan.queues, connected));
    }
    co_return connected;
}

std::vector<launch::NetworkDevice> make_devices(const ConnectedNetwork& connected) {
    std::vector<launch::NetworkDevice> devices;
    for (std::size_t i = 0; i < connected.taps.size(); ++i) {
        const auto& tap = connected.taps[i];
        if (tap.queues.empty()) continue; // no VM
        launch::NetworkDevice device{.id = std::format("net{}", i),
                                     .mac = tap.interface.mac,
                                     .mtu = tap.interface.mtu,
                                     .tap_queues = {}};
        for (const auto& queue : tap.queues) device.tap_queues.push_back(queue.get());
        devices.push_back(std::move(device));
    }
    return devices;
}

Task<void> configure_guest_network(std::shared_ptr<agent_client::AgentClient> agent,
                                   std::vector<launch::GuestInterface> interfaces,
                                   std::vector<launch::GuestRoute> routes) {
    for (auto& interface : interfaces) {
        const auto name = interface.name;
        auto updated = co_await agent->update_interface(std::move(interface));
        if (!updated) co_return std::unexpected(updated.error().within("interface " + name));
    }
    // Every network may have a default route; a guest has one of each family, the first network's.
    std::vector<launch::GuestRoute> chosen;
    for (auto& route : routes) {
        const bool is_second =
            route.destination.empty() && std::ranges::any_of(chosen, [&route](const auto& known) {
                return known.destination.empty() && known.is_v6 == route.is_v6;
            });
        if (!is_second) chosen.push_back(std::move(route));
    }
    auto updated = co_await agent->update_routes(std::move(chosen));
    co_return updated.transform_error(context("routes"));
}

asio::awaitable<void> disconnect_network(Node& node, SandboxId sandbox) {
    // Plugins learn from the namespace what there is to take away: it stays until they have.
    if (!co_await remove_attachments(node, sandbox)) co_return;
    if (const auto removed = co_await node.network.remove_namespace(sandbox); !removed)
        log::error(removed.error().message, {{"SANDBOX_ID", sandbox.str()}});
    else
        co_await forget(node, k_network_namespace, sandbox.str());
}

} // namespace redoubt::node::sandbox

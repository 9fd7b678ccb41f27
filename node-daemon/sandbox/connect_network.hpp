// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/async/async_unwind.hpp"
#include "node-daemon/launch/plan.hpp"
#include "node-daemon/network/network.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// The word for no network.
inline constexpr auto k_no_network = "none";

/// The networks a container will have: those asked for, or the node's default one, or "none" where the node
/// has none. Errors: invalid_argument no such network, ports without one, or that cannot be;
/// failed_precondition no network can be used here. (not_found would be the image: callers then pull it.)
Task<std::vector<std::string>> choose_networks(Node& node, ContainerSpec spec);

/// A sandbox's network on the host: the taps are held until the VM has them.
struct ConnectedNetwork {
    std::vector<network::Tap> taps;
    std::vector<std::string> dns;            ///< lines of a resolv.conf
    std::filesystem::path network_namespace; ///< empty without networks
};

/// Makes the sandbox's namespace, joins it to each planned network, and opens the taps. Pushes on `undo` what
/// takes it back. Errors: already_exists a port of the host belongs to another container; those of the
/// network.
Task<ConnectedNetwork> connect_network(Node& node, std::shared_ptr<PodSandbox> sandbox, ContainerId owner,
                                       launch::NetworkPlan plan, AsyncUnwind& undo);

/// The VM's interfaces; their descriptors are borrowed from `connected`.
[[nodiscard]] std::vector<launch::NetworkDevice> make_devices(const ConnectedNetwork& connected);

/// Tells the guest its interfaces and routes.
Task<void> configure_guest_network(std::shared_ptr<agent_client::AgentClient> agent,
                                   std::vector<launch::GuestInterface> interfaces,
                                   std::vector<launch::GuestRoute> routes);

/// Takes away all of a sandbox's network. What cannot be taken away is logged and stays in the ledger for the
/// next start of the daemon.
asio::awaitable<void> disconnect_network(Node& node, SandboxId sandbox);

/// Limits that annotations ask for: kubernetes.io/ingress-bandwidth and egress-bandwidth, as quantities of
/// bits a second ("10M"). Errors: invalid_argument naming the annotation.
[[nodiscard]] Result<launch::Bandwidth>
parse_bandwidth(const std::map<std::string, std::string>& annotations);

} // namespace redoubt::node::sandbox

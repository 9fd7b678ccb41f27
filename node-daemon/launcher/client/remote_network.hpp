// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <utility>

#include "node-daemon/launcher/client/caller.hpp"
#include "node-daemon/network/catalog.hpp"
#include "node-daemon/network/network.hpp"

namespace redoubt::node::launcher {

/// Networks as the launcher makes them.
class RemoteNetwork final : public network::Network {
  public:
    explicit RemoteNetwork(Caller caller) : caller_(std::move(caller)) {}

    /// Hands over a namespace that the service manager kept for a daemon without a launcher.
    Task<void> adopt_namespace(SandboxId sandbox, UniqueFd kept);

    Task<network::KnownNetworks> known() override;
    Task<void> make_namespace(SandboxId sandbox) override;
    Task<void> remove_namespace(SandboxId sandbox) override;
    Task<network::Attachment> attach(network::AttachRequest request) override;
    Task<void> detach(SandboxId sandbox) override;
    Task<void> check(SandboxId sandbox) override;
    Task<network::Tap> make_tap(network::TapRequest request) override;
    Task<void> collect_garbage(std::vector<SandboxId> living) override;

  private:
    Caller caller_;
};

/// Their configurations, which are root's.
class RemoteCatalog final : public network::NetworkCatalog {
  public:
    explicit RemoteCatalog(Caller caller) : caller_(std::move(caller)) {}

    Task<network::NetworkList> list() override;
    Task<network::NetworkInfo> create(network::NewNetwork wanted) override;
    Task<void> remove(std::string name) override;

  private:
    Caller caller_;
};

} // namespace redoubt::node::launcher

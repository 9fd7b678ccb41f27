// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/async/async_mutex.hpp"
#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/launcher/protocol/messages.hpp"
#include "node-daemon/launcher/vm_keeper.hpp"
#include "node-daemon/network/catalog.hpp"
#include "node-daemon/network/network.hpp"

namespace redoubt::node::launcher {

struct ServiceParts {
    VmKeeper& vms;
    network::Network& network;
    network::NetworkCatalog& catalog;
    /// Gives a namespace that was kept a name here. Blocks.
    std::function<Status(const SandboxId&, int)> adopt_namespace;
    Welcome welcome;
};

struct Outcome {
    Answer answer;
    std::vector<UniqueFd> descriptors;
};

/// Does what requests ask for: validated first, and of one sandbox one at a time, as the network's port wants
/// it, also when its caller did not wait for the last. Thread: main strand.
class Service {
  public:
    explicit Service(ServiceParts parts) : parts_(std::move(parts)) {}

    /// A failure is an answer like any other.
    asio::awaitable<Outcome> serve(std::string packet, std::vector<UniqueFd> descriptors);

  private:
    Task<Outcome> answer(Request request, std::vector<UniqueFd> descriptors);

    Task<Outcome> perform(Hello hello, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(StartVm start, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(CollectVm collect, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(KillVm kill, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(ReapVm reap, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(GetKnownNetworks get, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(MakeNamespace make, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(RemoveNamespace remove, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(AdoptNamespace adopt, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(Attach attach, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(Detach detach, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(CheckNetwork check, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(MakeTap make, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(CollectGarbage collect, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(ListNetworks list, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(CreateNetwork create, std::vector<UniqueFd> descriptors);
    Task<Outcome> perform(RemoveNetwork remove, std::vector<UniqueFd> descriptors);

    ServiceParts parts_;
    std::map<SandboxId, std::weak_ptr<AsyncMutex>> busy_;
};

} // namespace redoubt::node::launcher

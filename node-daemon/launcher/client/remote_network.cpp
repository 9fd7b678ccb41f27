// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/client/remote_network.hpp"

namespace redoubt::node::launcher {

Task<void> RemoteNetwork::adopt_namespace(SandboxId sandbox, UniqueFd kept) {
    std::vector<UniqueFd> descriptors;
    descriptors.push_back(std::move(kept));
    co_return co_await caller_.order(AdoptNamespace{std::move(sandbox)}, std::move(descriptors));
}

Task<network::KnownNetworks> RemoteNetwork::known() {
    return caller_.ask_for<network::KnownNetworks>(GetKnownNetworks{});
}

Task<void> RemoteNetwork::make_namespace(SandboxId sandbox) {
    return caller_.order(MakeNamespace{std::move(sandbox)});
}

Task<void> RemoteNetwork::remove_namespace(SandboxId sandbox) {
    return caller_.order(RemoveNamespace{std::move(sandbox)});
}

Task<network::Attachment> RemoteNetwork::attach(network::AttachRequest request) {
    return caller_.ask_for<network::Attachment>(Attach{std::move(request)});
}

Task<void> RemoteNetwork::detach(SandboxId sandbox) {
    return caller_.order(Detach{std::move(sandbox)});
}

Task<void> RemoteNetwork::check(SandboxId sandbox) {
    return caller_.order(CheckNetwork{std::move(sandbox)});
}

Task<network::Tap> RemoteNetwork::make_tap(network::TapRequest request) {
    const auto queues = request.stage == network::TapStage::tie ? 0 : request.queues;
    RDT_CO_TRY(auto reply, co_await caller_.ask(MakeTap{std::move(request)}));
    auto* made = std::get_if<TapMade>(&reply.answer);
    if (made == nullptr || reply.descriptors.size() != queues)
        co_return std::unexpected(Caller::wrong_kind(reply.answer));
    co_return network::Tap{.queues = std::move(reply.descriptors),
                           .interface = std::move(made->interface),
                           .routes = std::move(made->routes)};
}

Task<void> RemoteNetwork::collect_garbage(std::vector<SandboxId> living) {
    return caller_.order(CollectGarbage{std::move(living)});
}

Task<network::NetworkList> RemoteCatalog::list() {
    return caller_.ask_for<network::NetworkList>(ListNetworks{});
}

Task<network::NetworkInfo> RemoteCatalog::create(network::NewNetwork wanted) {
    return caller_.ask_for<network::NetworkInfo>(CreateNetwork{std::move(wanted)});
}

Task<void> RemoteCatalog::remove(std::string name) {
    return caller_.order(RemoveNetwork{std::move(name)});
}

} // namespace redoubt::node::launcher

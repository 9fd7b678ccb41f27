// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "node-daemon/network/cni/attachments.hpp"
#include "node-daemon/network/cni/chain.hpp"
#include "node-daemon/network/cni/name_service.hpp"
#include "node-daemon/network/cni/name_zones.hpp"
#include "node-daemon/network/cni/translation.hpp"
#include "node-daemon/network/network.hpp"

namespace redoubt::node::network::cni {

struct CniSettings {
    PluginHost plugins;
    std::filesystem::path conflist_folder; ///< the operator's networks
    DefaultNetwork own;                    ///< our own, unless the operator has one of that name
    std::string default_network;           ///< by name; empty: our own
    std::filesystem::path namespace_folder;
    std::filesystem::path attachment_folder;
    std::filesystem::path name_folder; ///< of the name service; empty: there are no names
    /// A namespace's name is a mount, which a daemon with a mount namespace of its own takes with it: these
    /// have its descriptor kept elsewhere, and let go of. May be empty. Called on any thread.
    std::function<void(const SandboxId&, int fd)> keep_namespace;
    std::function<void(const SandboxId&)> release_namespace;
};

/// Networks by CNI plugins. What blocks runs on threads of its own: a plugin that hangs holds up no other
/// part of the daemon.
class CniNetwork final : public Network {
  public:
    explicit CniNetwork(CniSettings settings);
    CniNetwork(const CniNetwork&) = delete;
    CniNetwork& operator=(const CniNetwork&) = delete;
    CniNetwork(CniNetwork&&) = delete;
    CniNetwork& operator=(CniNetwork&&) = delete;
    ~CniNetwork() override;

    /// Gives a namespace that was kept its name back. Called before anything else. Blocking.
    Status restore_namespace(const SandboxId& sandbox, int kept);

    Task<KnownNetworks> known() override;
    Task<void> make_namespace(SandboxId sandbox) override;
    Task<void> remove_namespace(SandboxId sandbox) override;
    Task<Attachment> attach(AttachRequest request) override;
    Task<void> detach(SandboxId sandbox) override;
    Task<void> check(SandboxId sandbox) override;
    Task<Tap> make_tap(TapRequest request) override;
    Task<void> collect_garbage(std::vector<SandboxId> living) override;

  private:
    // All of these block.
    [[nodiscard]] Result<KnownNetworks> list() const;
    [[nodiscard]] Result<Conflist> find_list(const std::string& network) const;
    [[nodiscard]] Status check_programs(const Conflist& list) const;
    [[nodiscard]] Result<Conflist> choose_plugins(const AttachRequest& request) const;
    Status begin_record(AttachmentRecord& record);
    Status forget_record(const AttachmentRecord& record);
    Result<Attachment> add(const AttachRequest& request);
    Status remove_all(const SandboxId& sandbox);
    Status create_namespace(const SandboxId& sandbox);
    Status drop_namespace(const SandboxId& sandbox);
    Status remove_garbage(const std::vector<SandboxId>& living);
    Status tidy();
    Status make_namespace_folder() const;
    [[nodiscard]] std::filesystem::path namespace_of(const SandboxId& sandbox) const;

    /// Whether the host answers for names on it.
    [[nodiscard]] bool keeps_names(const Conflist& list) const;

    CniSettings settings_;
    Attachments attachments_;
    Translation translation_{attachments_};
    NameZones name_zones_{attachments_, [this](const NameZone& zone) {
                              return NameService(settings_.name_folder).publish(zone);
                          }};
    /// Held by those who add and delete; alone by those who tidy.
    std::shared_mutex at_work_;
    std::mutex namespaces_; ///< their folder comes with the first and goes with the last
    asio::thread_pool pool_;
};

} // namespace redoubt::node::network::cni

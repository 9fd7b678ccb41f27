// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network_settings.hpp"

#include <format>

#include "common/log/log.hpp"

namespace redoubt::node {

std::string kept_name(const SandboxId& sandbox) {
    return std::format("{}{}", k_namespace_prefix, sandbox);
}

network::cni::CniSettings make_network_settings(const Config& config,
                                                const std::filesystem::path& state_folder,
                                                const std::filesystem::path& runtime_folder,
                                                const host::ServiceManager& manager) {
    network::cni::CniSettings settings;
    settings.plugins.folders = config.network.plugin_dirs;
    settings.plugins.limit = config.network.plugin_timeout;
    settings.conflist_folder = config.network.conflist_dir;
    settings.own.subnet = config.network.subnet;
    settings.own.subnet6 = config.network.subnet6;
    settings.own.mtu = config.network.mtu;
    settings.default_network = config.network.default_network;
    settings.namespace_folder = runtime_folder / "netns";
    settings.attachment_folder = state_folder / "network";
    settings.name_folder = runtime_folder / "names";
    settings.keep_namespace = [&manager](const SandboxId& sandbox, int fd) {
        manager.keep(kept_name(sandbox), fd);
    };
    settings.release_namespace = [&manager](const SandboxId& sandbox) { manager.forget(kept_name(sandbox)); };
    return settings;
}

void restore_namespaces(host::ServiceManager& manager, network::cni::CniNetwork& network) {
    for (const auto& kept : manager.take_all(k_namespace_prefix)) {
        const SandboxId sandbox(kept.name.substr(k_namespace_prefix.size()));
        if (const auto restored = network.restore_namespace(sandbox, kept.fd.get()); !restored)
            log::warning("network namespace not restored: " + restored.error().message,
                         {{"SANDBOX_ID", sandbox.str()}});
    }
}

} // namespace redoubt::node

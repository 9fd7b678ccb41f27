// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "node-daemon/config.hpp"
#include "node-daemon/host/service_manager.hpp"
#include "node-daemon/network/cni/cni_network.hpp"

namespace redoubt::node {

/// Descriptors of network namespaces are kept by the service manager under this and the sandbox's id.
inline constexpr std::string_view k_namespace_prefix = "netns-";

/// How whoever makes networks does so, with its folders. `manager` outlives them.
[[nodiscard]] network::cni::CniSettings make_network_settings(const Config& config,
                                                              const std::filesystem::path& state_folder,
                                                              const std::filesystem::path& runtime_folder,
                                                              const host::ServiceManager& manager);

[[nodiscard]] std::string kept_name(const SandboxId& sandbox);

/// Namespaces of VMs that run on, whose names went with the program's former mount namespace.
void restore_namespaces(host::ServiceManager& manager, network::cni::CniNetwork& network);

} // namespace redoubt::node

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Names of who is on a network: aardvark-dns, which Debian and podman have, one process for the node. It
/// reads a folder of zones, answers at each network's gateway, and is ended with the last zone. It outlives
/// the daemon. Source: aardvark-dns 1.14, README.md, "configuration".

#include <filesystem>
#include <string>
#include <vector>

#include "node-daemon/network/cni/chain.hpp"

namespace redoubt::node::network::cni {

/// One who is on a network.
struct NamedSandbox {
    SandboxId sandbox;
    std::vector<std::string> addresses; ///< without prefix
    std::vector<std::string> names;
};

/// A network's names.
struct NameZone {
    std::string network;
    bool is_internal = false;           ///< other names than these are not asked for elsewhere
    std::vector<std::string> listeners; ///< addresses of the host on that network
    std::vector<NamedSandbox> sandboxes;
};

/// The zone's file. A name that is none is left out. Pure.
[[nodiscard]] std::string render_zone(const NameZone& zone);

/// Blocking; one call at a time.
class NameService {
  public:
    /// `folder`: of the zones, of this service alone.
    NameService(std::filesystem::path folder, RunPluginFn run = run_plugin)
        : folder_(std::move(folder)), run_(std::move(run)) {}

    /// Whether the program is installed.
    [[nodiscard]] static bool is_installed();

    /// Makes the zone what it is to be; one without sandboxes goes. Starts the program when it does not run.
    /// Errors: those of files; unavailable it does not start, with its last words.
    Status publish(const NameZone& zone) const;

  private:
    [[nodiscard]] std::filesystem::path file_of(const NameZone& zone) const;
    Status wake() const;

    std::filesystem::path folder_;
    RunPluginFn run_;
};

} // namespace redoubt::node::network::cni

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a VM of the level confidential has beside others. Values only. Decision: docs/adr/0027.

#include <filesystem>
#include <string>
#include <variant>

namespace redoubt::node::launch {

/// redoubt-simtee plays the secure processor: QEMU connects to it, and it measures that QEMU.
struct SimulatedLaunch {
    std::filesystem::path simulator; ///< its socket; where a launcher starts VMs, the launcher's own setting
    std::string host_data;           ///< 32 raw bytes, as SEV-SNP's HOST_DATA
};

/// Which secure processor a VM is launched with. To add one: an alternative here, and whatever then does not
/// compile.
using ConfidentialLaunch = std::variant<SimulatedLaunch>;

/// What this node has for the level, as its settings say.
struct ConfidentialMeans {
    std::filesystem::path simulator; ///< redoubt-simtee's socket; empty: none
    bool has_relay = false;          ///< guests reach their key broker through the daemon
};

/// Socket of the relay's port in the VM's folder. Source: docs/formats/relay.md.
inline constexpr auto k_relay_socket = "relay.sock";

} // namespace redoubt::node::launch

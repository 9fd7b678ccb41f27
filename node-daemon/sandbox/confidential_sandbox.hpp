// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a sandbox of the level confidential has beside others. Decision: docs/adr/0027.

#include <memory>

#include "common/async/task.hpp"
#include "node-daemon/launch/vm_spec.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// The word for evidence that a simulator signs, wherever the level is shown.
inline constexpr auto k_simulation = "simulation";
/// And for the evidence of hardware.
inline constexpr auto k_sev_snp = "sev-snp";
inline constexpr auto k_tdx = "tdx";

/// Fills in the measurement that the VM's evidence will have. One that cannot be computed is logged and stays
/// empty: it is for people, and nothing is decided by it.
asio::awaitable<void> foresee_measurement(Node& node, std::shared_ptr<PodSandbox> sandbox, launch::VmSpec vm);

/// Begins to serve the relay's port of a VM that has one, until the VM ends.
void serve_relay(Node& node, PodSandbox& sandbox);

} // namespace redoubt::node::sandbox

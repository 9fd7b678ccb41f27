// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The plan of a container without a VM: the same request becomes mounts and a specification for a process of
/// the host. Who carries it out is the container's monitor (node-daemon/runtime).

#include "node-daemon/launch/isolation_level.hpp"
#include "node-daemon/launch/plan.hpp"

namespace redoubt::node::launch {

/// The plan's VM says where, and how much the container may use at most: the host's processors and memory.
struct HostSize {
    std::uint32_t processors = 1;
    std::uint64_t memory_bytes = 0;
    std::uint64_t open_files = 0; ///< the most a process of the host may have; 0: as many as it likes
};

/// The container's cgroup below every hierarchy's root: "/redoubt-0123456789abcdef".
[[nodiscard]] std::string cgroup_of(const SandboxId& sandbox);

/// A guest may have as many open files as it likes, a process of the host as many as that allows. What was
/// asked for by name stays, and is refused by the kernel if need be. `open_files` as in HostSize.
void fit_limits(oci::Process& process, const ContainerConfig& request, std::uint64_t open_files);

/// Storages have the drivers "loop" (source: a file of the host), "ephemeral" and "overlayfs"; all lie below
/// the request's runtime folder. The network namespace's path stays empty: who connects the sandbox fills it
/// in. Errors: those of make_plan(); failed_precondition for what a level cannot give, and which one can.
[[nodiscard]] Result<LaunchPlan> make_host_plan(const PlanRequest& request, IsolationLevel level,
                                                const HostSize& host);

} // namespace redoubt::node::launch

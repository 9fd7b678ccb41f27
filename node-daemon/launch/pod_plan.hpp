// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The plan of a VM that several containers share: all of it but what belongs to one of them. Pure.

#include <filesystem>
#include <string>
#include <vector>

#include "node-daemon/launch/plan.hpp"
#include "node-daemon/launch/pod_volume.hpp"

namespace redoubt::node::launch {

/// What one container of the pod asks for. 0: no limit.
struct MemberSize {
    std::uint64_t memory_bytes = 0;
    double cpus = 0;
};

struct PodPlanRequest {
    SandboxId sandbox;
    std::filesystem::path runtime_directory;
    std::string hostname;
    std::vector<MemberSize> members;
    std::vector<PodVolume> volumes;
    std::vector<std::filesystem::path> disks; ///< of those volumes that are disks, in their order
    NodeFacts node;
    std::vector<std::string> networks;
    std::vector<PortMapping> ports;
    std::optional<std::string> initdata = {}; ///< as of PlanRequest
};

/// The VM has the limits of all together; containers without one share the node's default size.
/// Errors: invalid_argument naming the field.
[[nodiscard]] Result<LaunchPlan> make_pod_plan(const PodPlanRequest& request);

} // namespace redoubt::node::launch

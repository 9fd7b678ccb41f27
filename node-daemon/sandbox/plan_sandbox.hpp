// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/image/image_store.hpp"
#include "node-daemon/launch/plan.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

struct PlannedSandbox {
    launch::LaunchPlan plan;
    SandboxFacts facts; ///< but what only the guest can tell
};

/// Gathers what the pure plan needs: the container's request, its image and the image's layers.
/// Errors: failed_precondition the image or a layer is gone from this node; those of launch::make_plan.
Result<PlannedSandbox> plan_sandbox(const Node& node, const Container& container, SandboxId sandbox);

/// What the plan is asked for.
[[nodiscard]] launch::ContainerConfig make_container_config(const Container& container);
/// The most open files of a process that this one starts, which may not raise it; 0: as many as it likes.
[[nodiscard]] std::uint64_t most_open_files();
[[nodiscard]] launch::ImageConfig make_image_config(const image::StoredImage& image);

/// The VM of a pod; `disks`: the files of its volumes that are disks, in their order.
Result<PlannedSandbox> plan_pod(const Node& node, const Pod& pod, SandboxId sandbox,
                                std::vector<std::filesystem::path> disks);

} // namespace redoubt::node::sandbox

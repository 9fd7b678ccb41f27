// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"
#include "node-daemon/launch/container_config.hpp"

namespace redoubt::node::launch {

/// The guest's own word for a bind whose source gets what the image has at the place, when it is empty.
/// Format: docs/formats/agent-api.md.
inline constexpr auto k_copy_up = "X-redoubt.copy-up";

/// Where the guest mounts the disk of that number, of list_disks(). `folder` is the container's in the guest.
[[nodiscard]] std::string disk_folder(const std::string& folder, std::size_t number);

/// The same of a container alone in its sandbox.
[[nodiscard]] std::string guest_disk_folder(const ContainerId& id, std::size_t number);
/// Where Kata's agent keeps what belongs to one container.
[[nodiscard]] std::string guest_folder(const ContainerId& id);

/// Everything mounted in a container: the kernel's filesystems, then what was asked for, outer places first.
/// Errors: invalid_argument naming the mount: a place twice, or one that is not a container's to give.
[[nodiscard]] Result<std::vector<oci::Mount>> make_container_mounts(const ContainerConfig& request,
                                                                    const std::string& folder);

} // namespace redoubt::node::launch

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"
#include "node-daemon/launch/container_config.hpp"

namespace redoubt::node::launch {

/// The container's capabilities, CAP_ names in the kernel's order: podman's default, less what is dropped,
/// with what is added. Errors: invalid_argument a name that Linux does not have.
[[nodiscard]] Result<std::vector<std::string>> choose_capabilities(const ContainerConfig& request);

/// What it may do with device nodes. Privileged: everything, of its VM's.
[[nodiscard]] std::vector<oci::DeviceRule> make_device_rules(const ContainerConfig& request);

/// The default limit of open files, and what is asked for over it. Errors: invalid_argument naming the limit.
[[nodiscard]] Result<std::vector<oci::Rlimit>> choose_limits(const ContainerConfig& request);

} // namespace redoubt::node::launch

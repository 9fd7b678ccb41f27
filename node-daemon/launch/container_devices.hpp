// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <vector>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"
#include "node-daemon/launch/container_config.hpp"

namespace redoubt::node::launch {

/// Devices of the guest's kernel and what may be done with them.
struct ContainerDevices {
    std::vector<oci::Device> nodes;
    std::vector<oci::DeviceRule> rules;
};

/// What `request.devices` asks for, each "SOURCE[:TARGET][:rwm]". Errors: invalid_argument for what is no
/// such text; unimplemented for what the guest does not have, which includes every device of the host.
[[nodiscard]] Result<ContainerDevices> choose_devices(const ContainerConfig& request);

} // namespace redoubt::node::launch

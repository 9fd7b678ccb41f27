// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::guest::sandbox {

/// A disk of the VM that a container is to have as a device. Shape: Kata agent.proto, Device.
struct DeviceRequest {
    std::string id;      ///< its PCI path or SCSI address
    std::string type;    ///< one of device_drivers()
    std::string vm_path; ///< its node in the guest, for mmioblk
    std::string container_path;
};

/// The drivers this agent has, as it reports them to the host.
[[nodiscard]] std::vector<std::string> device_drivers();

/// What the specification calls a device by the host's numbers is, in the guest, another one.
struct FoundDevice {
    std::string container_path;
    std::string type; ///< c or b
    std::int64_t major = 0;
    std::int64_t minor = 0;
};

/// The device at a node of the guest. Errors: failed_precondition when it is no device.
[[nodiscard]] Result<FoundDevice> look_at_device(const std::string& node, const std::string& container_path);

/// Gives the specification's devices, and the rules of its device cgroup, the guest's numbers, all at once:
/// one device's new number may be another's old one. Pure. Errors: invalid_argument when the specification
/// has no device at such a path.
[[nodiscard]] Status replace_devices(oci::Linux& spec, const std::vector<FoundDevice>& found);

} // namespace redoubt::guest::sandbox

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "node-daemon/config.hpp"
#include "node-daemon/hypervisor/qemu/qemu_hypervisor.hpp"

namespace redoubt::node {

/// How whoever starts VMs does so: program, account and ceiling. How far they can be kept from the host
/// beside that is not asked yet. A host without ceilings is logged. Errors: those of find_identity().
[[nodiscard]] Result<hypervisor::qemu::QemuSettings> make_vm_settings(const Config& config);

} // namespace redoubt::node

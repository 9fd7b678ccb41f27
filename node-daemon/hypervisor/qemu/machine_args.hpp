// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The part of a command that depends on what the VM's processor is: machine, CPU, memory, firmware, launch.
/// Pure. Source: QEMU qapi/qom.json, SevSnpGuestProperties and TdxGuestProperties; AMD 56860,
/// SNP_LAUNCH_START; Intel TDX Module 1.5 ABI, TD_PARAMS.

#include <string_view>

#include "common/base/error.hpp"
#include "node-daemon/hypervisor/qemu/command_builder.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::hypervisor::qemu {

/// Whether the machine is a PC with a firmware and a PCI bus (q35), or microvm, which has neither.
[[nodiscard]] bool is_pc(const launch::VmSpec& spec);
/// How the machine's virtio devices end: "pci" or "device".
[[nodiscard]] std::string_view bus_of(const launch::VmSpec& spec);

/// Of a confidential VM. Errors: invalid_argument a length, a path that cannot be one, a launch that may be
/// debugged or moved, hardware without KVM.
[[nodiscard]] Status validate_launch(const launch::VmSpec& spec);

void add_machine(CommandBuilder& builder, const launch::VmSpec& spec);
/// What the simulator measures and where it is; hardware needs no device.
void add_processor(CommandBuilder& builder, const launch::VmSpec& spec);

} // namespace redoubt::node::hypervisor::qemu

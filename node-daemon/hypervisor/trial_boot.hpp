// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/async/task.hpp"
#include "node-daemon/hypervisor/hypervisor.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::hypervisor {

/// Starts a VM, waits until its kernel has spoken on the console, and ends it: proof that the accelerator
/// runs guests. The spec's command line must not be quiet (launch::make_trial_vm). Errors: unavailable the VM
/// did not start, or ended in silence; deadline_exceeded silence.
Task<void> boot_once(Hypervisor& hypervisor, launch::VmSpec spec, Duration limit);

} // namespace redoubt::node::hypervisor

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// Ends a container by killing its VM; the guest is not asked but to unmount volumes, and not for long. In a
/// pod its processes are killed, and the VM only when that does not end it. Returns when the VM is gone; the
/// container's supervisor, or its start, settles the rest: see wait_until_ended(). Does nothing when it has
/// no VM any more. Errors: those of VirtualMachine::kill(); then the container goes on, and there is nothing
/// to wait for.
Task<void> end_by_force(Node& node, std::shared_ptr<Container> container, std::string reason);

/// Waits until the container's process has ended; its VM may still be being taken away.
Task<void> wait_until_process_ended(std::shared_ptr<Container> container);

} // namespace redoubt::node::sandbox

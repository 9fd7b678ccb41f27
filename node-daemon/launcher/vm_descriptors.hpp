// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/hypervisor/qemu/args.hpp"

namespace redoubt::node::launcher {

/// Gives each descriptor of a command what came for it, and /dev/kvm what the launcher opens.
/// Errors: invalid_argument as many did not come, or one is not of its kind: a listening unix socket, a file
/// that may be written exactly when the disk may, a device for a tap.
[[nodiscard]] Result<std::vector<UniqueFd>> match_descriptors(const hypervisor::qemu::QemuCommand& command,
                                                              std::vector<UniqueFd> given);

} // namespace redoubt::node::launcher

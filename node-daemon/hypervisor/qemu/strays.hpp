// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>

#include "common/base/strong_id.hpp"

namespace redoubt::node::hypervisor::qemu {

/// Kills the QEMU processes that were started for this sandbox, found by the name in their arguments, and
/// returns how many there were: 0 once they are gone. `owner`: only processes of this account, as arguments
/// are anybody's to choose. Reads /proc, so it blocks for some milliseconds.
std::size_t kill_strays(const SandboxId& id, std::optional<uid_t> owner = std::nullopt);

} // namespace redoubt::node::hypervisor::qemu

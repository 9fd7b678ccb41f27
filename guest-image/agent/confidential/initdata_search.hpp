// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/async/task.hpp"
#include "guest-image/agent/mount/disk_source.hpp"

namespace redoubt::guest::confidential {

/// The text on the VM's initdata disk, which the kernel may still be finding, or is asked to find: the first
/// disk, sdX or vdX, that begins as one. What it says is the host's word until the hardware has confirmed it.
/// Errors: not_found no such disk within `patience`; what is wrong with it.
Task<std::string> find_initdata(Duration patience, mount::KernelFolders kernel = {});

} // namespace redoubt::guest::confidential

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>

#include "common/async/task.hpp"

namespace redoubt::guest::confidential {

/// The text on the VM's initdata disk, which the kernel may still be finding: the first disk, sdX or vdX,
/// that begins as one. What it says is the host's word until the hardware has confirmed it. Errors: not_found
/// no such disk within `patience`; what is wrong with it.
Task<std::string> find_initdata(Duration patience, std::filesystem::path dev = "/dev");

} // namespace redoubt::guest::confidential

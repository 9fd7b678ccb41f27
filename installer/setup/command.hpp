// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::installer {

/// Runs a program of the installer's own system and waits for it. Its standard output, up to 1 MiB; its
/// standard error goes where ours does. Errors: failed_precondition with the exit code; errno's when it
/// cannot be started. Blocks.
[[nodiscard]] Result<std::string> run_command(const std::vector<std::string>& words);

} // namespace redoubt::installer

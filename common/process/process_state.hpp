// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

namespace redoubt::process {

/// Whether a process stands still until somebody lets it go on: SIGSTOP, a debugger. False when there is no
/// such process.
[[nodiscard]] bool is_stopped(pid_t pid);

} // namespace redoubt::process

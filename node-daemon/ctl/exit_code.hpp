// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// Exit codes as podman's: what is not listed is the container's own, 128+n when signal n ended it.
inline constexpr int k_exit_failed = 125;         ///< Redoubt itself failed, or the command line is wrong
inline constexpr int k_exit_not_executable = 126; ///< the command cannot be invoked
inline constexpr int k_exit_not_found = 127;      ///< the command is not in the container

/// The exit code for a failure of run, exec or attach. A failure to execute the command says so in a message
/// part that begins with "exec: ", which is what the guest's agent writes.
[[nodiscard]] int exit_code_of(const Error& error);

} // namespace redoubt::ctl

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::guest::oci_runtime {

struct Terminal {
    UniqueFd master; ///< the agent's
    UniqueFd slave;  ///< the process's
};

/// A new terminal on the devpts that is mounted at /dev/pts inside the folder `root`.
/// Errors: failed_precondition when what is there is not a devpts.
[[nodiscard]] Result<Terminal> open_terminal(int root, oci::TerminalSize size);

[[nodiscard]] Status set_terminal_size(int terminal, oci::TerminalSize size);

/// Makes the slave this session's controlling terminal and standard streams.
[[nodiscard]] Status adopt_terminal(int slave);

} // namespace redoubt::guest::oci_runtime

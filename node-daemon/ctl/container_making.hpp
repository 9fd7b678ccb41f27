// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

/// Makes the container that the flags of run or create describe, pulling its image when it has to: its id.
/// Errors: invalid_argument naming the flag; the daemon's.
Result<std::string> make_container(Context context, const RunOptions& options);

} // namespace redoubt::ctl

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string_view>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::containers {

/// The word among a mount's options that asks for it: docs/formats/agent-api.md.
inline constexpr std::string_view k_copy_up = "X-redoubt.copy-up";

/// Fills an empty folder with a copy of another: files, folders and links with owner, mode and times, and the
/// folder's own. Does nothing to one that has something in it, or that is read-only. No link is followed;
/// sockets and device nodes are left out. In turns with others, so that much to copy does not hold up the
/// agent. Errors: resource_exhausted no space, or deeper than a path can be.
Task<void> copy_up(UniqueFd from, UniqueFd to);

} // namespace redoubt::containers

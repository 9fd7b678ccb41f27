// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "guest-image/agent/mount/storage.hpp"

namespace redoubt::guest::mount {

/// Gives everything in the volume at `root` to a group, as Kubernetes' fsGroup does: group owner, group
/// permissions, and set-group-id on folders. Links are not followed and other filesystems not entered. A
/// large volume does not hold up the agent. Errors: resource_exhausted for one deeper than a path can be.
Task<void> apply_fs_group(UniqueFd root, FsGroup group);

} // namespace redoubt::guest::mount

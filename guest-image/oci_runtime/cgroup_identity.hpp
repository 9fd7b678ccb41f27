// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>

#include "common/base/error.hpp"

namespace redoubt::guest::oci_runtime {

/// Where a control group (v2) is that the kernel names by its identity, the inode of its folder, by the
/// kernel's own index: a group that is gone has no place, and its identity is never another's. `parent`: any
/// folder of the hierarchy; where the group is below it is for the caller to see. Errors: not_found.
/// Source: open_by_handle_at(2), Linux fs/kernfs/mount.c.
[[nodiscard]] Result<std::filesystem::path> path_of_cgroup(const std::filesystem::path& parent,
                                                           std::uint64_t identity);

} // namespace redoubt::guest::oci_runtime

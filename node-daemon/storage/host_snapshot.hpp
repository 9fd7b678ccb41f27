// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "common/base/error.hpp"

namespace redoubt::node::storage {

/// Makes `image` an EROFS disk of what is at `source` now: a folder becomes the disk's root, a file is
/// "_data" in it. What changes meanwhile is found as it was at some time of the making. Owners, modes and
/// links are kept; links are not followed, but `source` itself may be one. An older image is replaced.
/// Blocking. Errors: not_found; invalid_argument neither file nor folder; those of run_disk_program().
[[nodiscard]] Status make_host_snapshot(const std::filesystem::path& source,
                                        const std::filesystem::path& image);

} // namespace redoubt::node::storage

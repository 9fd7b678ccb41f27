// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "common/base/error.hpp"

namespace redoubt::services::simtee {

/// Whether this machine has nothing that a simulation could be taken for: no secure processor that starts
/// guests, and none that it runs in. `root`: of the file system. Errors: failed_precondition what there is,
/// and where.
[[nodiscard]] Status check_no_real_tee(const std::filesystem::path& root);

} // namespace redoubt::services::simtee

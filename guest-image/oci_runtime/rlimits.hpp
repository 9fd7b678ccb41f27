// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <vector>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::guest::oci_runtime {

/// Sets this process's resource limits. Errors: invalid_argument for a name that setrlimit(2) does not have.
[[nodiscard]] Status apply_rlimits(const std::vector<oci::Rlimit>& limits);

} // namespace redoubt::guest::oci_runtime

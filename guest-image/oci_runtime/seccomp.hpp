// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::guest::oci_runtime {

/// Installs the filter for this process and what it starts. System calls that libseccomp does not know are
/// left out, as with runc. Needs CAP_SYS_ADMIN or no_new_privs. Errors: invalid_argument for an unknown
/// action, operator, architecture or flag.
[[nodiscard]] Status apply_seccomp(const oci::Seccomp& seccomp);

} // namespace redoubt::guest::oci_runtime

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::guest::oci_runtime {

/// The file that `name` means in this process's root folder, with this process's rights: itself when it has a
/// slash, else searched for in the folders of PATH in `environment` that are whole paths. Errors: not_found
/// and permission_denied in the words of runc, which become exit codes 127 and 126.
[[nodiscard]] Result<std::string> find_executable(const std::string& name,
                                                  const std::vector<std::string>& environment);

} // namespace redoubt::guest::oci_runtime

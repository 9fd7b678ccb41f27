// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::storage {

/// Runs a program that makes a filesystem, with nothing on its standard input, until it ends. Blocking.
/// Errors: failed_precondition naming `package` when it is not installed; resource_exhausted no space;
/// internal with its last words.
[[nodiscard]] Status run_disk_program(const std::vector<std::string>& argv, const std::string& package);

} // namespace redoubt::node::storage

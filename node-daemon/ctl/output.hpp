// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// Writes to standard output. Errors: errno's, so that a full disk is not mistaken for success.
Status print(std::string_view text);
/// Writes to standard error; nobody is left to hear of a failure.
void print_error(std::string_view text);
/// "Error: MESSAGE".
void print_error(const Error& error);
/// "Warning: MESSAGE".
void print_warning(std::string_view message);

} // namespace redoubt::ctl

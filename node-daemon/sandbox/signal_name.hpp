// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::node::sandbox {

/// The number of "KILL", "SIGKILL", "kill" or "9"; "RTMIN+3". Numbers are Linux's, of any architecture we run
/// on. Errors: invalid_argument naming the text.
[[nodiscard]] Result<int> parse_signal(std::string_view text);

} // namespace redoubt::node::sandbox

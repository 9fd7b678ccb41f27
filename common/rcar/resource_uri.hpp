// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::rcar {

/// The path of a resource behind the broker's: kbs:///repository/type/tag, of letters, digits, '-', '_' and,
/// but not first, '.'; a host in it is passed over. Errors: invalid_argument. Source: Confidential
/// Containers, KBS resource URI.
[[nodiscard]] Result<std::string> resource_path(std::string_view uri);

} // namespace redoubt::rcar

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::netlink {

/// The six bytes of "02:00:00:00:00:01". Errors: invalid_argument.
[[nodiscard]] Result<std::string> parse_mac(std::string_view text);
/// The text of six bytes, in lower case; empty for any other number of them.
[[nodiscard]] std::string render_mac(std::string_view bytes);

} // namespace redoubt::netlink

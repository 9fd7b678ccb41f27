// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/http/message.hpp"

namespace redoubt::http {

/// A request's first line and its header fields, with the empty line behind them. Adds none of its own.
/// Errors: invalid_argument what would break out of its line. Source: RFC 9112, 3 and 5.
[[nodiscard]] Result<std::string> render_request_head(std::string_view method, std::string_view target,
                                                      const Headers& headers);

} // namespace redoubt::http

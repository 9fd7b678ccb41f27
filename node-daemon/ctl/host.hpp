// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// The socket's path of "unix:///PATH" (or "unix:PATH", or a bare absolute path).
/// Errors: invalid_argument no URL or too long for a socket; unimplemented another scheme.
[[nodiscard]] Result<std::string> socket_path_of(const std::string& host);

/// Connects once, to say clearly why the daemon cannot be reached.
/// Errors: unavailable nobody listens; permission_denied; each with its remedy on a second line.
[[nodiscard]] Status check_daemon_listens(const std::string& socket_path);

} // namespace redoubt::ctl

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/un.h>

#include <filesystem>

#include "common/base/error.hpp"

namespace redoubt {

/// The address of a socket in the filesystem, ended by a zero byte. Source: unix(7).
/// Errors: invalid_argument the path has more than 107 bytes. Any thread.
[[nodiscard]] Result<sockaddr_un> unix_address(const std::filesystem::path& path);

} // namespace redoubt

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Opening paths that somebody else chose, relative to a folder they must not leave. Source: openat2(2).

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt {

/// Opens `path` below the folder `root`; a symbolic link anywhere on the way, or a ".." that leaves, is an
/// error. A leading "/" means `root`. Errors: invalid_argument for links (ELOOP) and escapes; else by errno.
[[nodiscard]] Result<UniqueFd> open_beneath(int root, std::string_view path, int flags, mode_t mode = 0);

/// Opens `path` as a process whose root folder is `root` would: links and ".." are followed and stay inside.
[[nodiscard]] Result<UniqueFd> open_in_root(int root, std::string_view path, int flags, mode_t mode = 0);

enum class NodeKind { folder, file };

/// Opens (O_PATH) what `path` names inside `root`, as open_in_root() does, and makes the folders and the last
/// part that are missing, with modes 0755 and 0644. A dangling link is followed and its target made, inside.
[[nodiscard]] Result<UniqueFd> create_in_root(int root, std::string_view path, NodeKind kind);

} // namespace redoubt

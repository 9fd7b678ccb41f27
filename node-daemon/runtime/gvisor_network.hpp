// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "common/base/error.hpp"

namespace redoubt::node::runtime {

/// Makes runsc take a container's network namespace for what it is. Release 20240729, Debian 13's, takes one
/// in which /proc/sys/net/core/rmem_default exists for the host's own and refuses it; kernels since 6.7 have
/// that file in every namespace. It is hidden, in that namespace and in this process's mounts alone.
/// Errors: by errno. For a process of one thread; blocks for a moment.
[[nodiscard]] Status hide_root_mark(const std::filesystem::path& network_namespace);

} // namespace redoubt::node::runtime

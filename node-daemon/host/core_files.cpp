// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/core_files.hpp"

#include <sys/resource.h>

#include <cerrno>

namespace redoubt::node::host {

Status forbid_core_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0) return fail_errno(errno, "read the limit of core files");
    // The hard limit stays: containers at the level runc may ask for another one.
    limit.rlim_cur = 0;
    if (::setrlimit(RLIMIT_CORE, &limit) != 0) return fail_errno(errno, "forbid core files");
    return {};
}

} // namespace redoubt::node::host

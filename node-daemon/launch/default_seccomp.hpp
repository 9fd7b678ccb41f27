// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/oci/runtime_spec.hpp"

namespace redoubt::node::launch {

/// The system calls of a container with these capabilities. Everything is allowed but what reaches past the
/// container into the guest's kernel: modules, clocks, mounts, namespaces, keyrings, raw devices, kernel
/// memory; a capability that somebody added brings its calls with it. The VM is the boundary; the filter
/// keeps a container from breaking its own sandbox.
[[nodiscard]] oci::Seccomp make_seccomp(const std::vector<std::string>& capabilities);

} // namespace redoubt::node::launch

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/oci/runtime_spec.hpp"

namespace redoubt::node::launch {

/// The system calls of a container with the default capabilities. Everything is allowed but what reaches past
/// the container into the guest's kernel: modules, clocks, mounts, namespaces, keyrings, raw devices, kernel
/// memory. The VM is the boundary; the filter keeps a container from breaking its own sandbox.
[[nodiscard]] oci::Seccomp make_default_seccomp();

} // namespace redoubt::node::launch

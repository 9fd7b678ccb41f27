// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::guest::oci_runtime {

/// A namespace that several containers share, held open by descriptor so that it cannot change under its
/// users.
struct SharedNamespace {
    int flag = 0; ///< CLONE_NEWIPC...
    UniqueFd fd;
};

/// The CLONE_NEW* flag of a namespace type as the specification spells it ("network", "mount"...).
/// Errors: invalid_argument for an unknown type; unimplemented for user and time.
[[nodiscard]] Result<int> namespace_flag(const std::string& type);

/// The flags of all namespaces in a spec. Errors: those above; invalid_argument for one with a path: the
/// guest gives namespaces by descriptor, never by a path that the host chose.
[[nodiscard]] Result<int> namespace_flags(const std::vector<oci::Namespace>& namespaces);

/// A sandbox's shared IPC and UTS namespaces, the latter with `hostname` unless that is empty.
[[nodiscard]] Result<std::vector<SharedNamespace>> make_shared_namespaces(const std::string& hostname);

/// A process's PID namespace, for others to share. Errors: not_found when the process is gone.
[[nodiscard]] Result<SharedNamespace> open_pid_namespace(pid_t pid);

} // namespace redoubt::guest::oci_runtime

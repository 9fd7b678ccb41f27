// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Making processes. The agent has one thread, so a child may allocate and throw nothing away between clone
/// and exec.

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/runtime_spec.hpp"
#include "guest-image/oci_runtime/namespaces.hpp"
#include "guest-image/oci_runtime/process_setup.hpp"

namespace redoubt::guest::oci_runtime {

/// A child on its way to exec. Its conversation goes on over `channel`, see ParentChannel.
struct Launch {
    pid_t pid = -1;
    UniqueFd pidfd;
    UniqueFd channel;
};

/// A container's init: new namespaces by the specification, joined ones by descriptor.
struct InitPlan {
    const oci::Spec& spec;
    const std::string& rootfs; ///< absolute, already mounted
    /// Namespaces to join in place of new ones; borrowed.
    std::vector<const SharedNamespace*> joined;
    /// See make_mounts().
    std::vector<UniqueFd> bind_sources;
    int cgroup = -1; ///< its cgroup v2 folder; -1: stay in the agent's
    StandardStreams streams;
};

/// One more process in a running container.
struct ExecPlan {
    const oci::Process& process;
    const oci::Seccomp* seccomp = nullptr;
    int init_pidfd = -1;
    pid_t init_pid = -1;
    int cgroup = -1;
    StandardStreams streams;
};

/// A process that enters the mounts of a running container, sends a detached copy of what is at `path` there
/// over the channel in place of a terminal, and ends. Links on the way stay inside the container.
[[nodiscard]] Result<Launch> launch_view(int init_pidfd, const std::string& path);

/// Errors: invalid_argument and unimplemented for namespaces; what fails inside the child comes over the
/// channel.
[[nodiscard]] Result<Launch> launch_init(InitPlan plan);

/// Errors: failed_precondition when the container's init has gone.
[[nodiscard]] Result<Launch> launch_exec(ExecPlan plan);

} // namespace redoubt::guest::oci_runtime

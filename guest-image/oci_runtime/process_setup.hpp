// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The last steps of every process in a container, init or exec, after it stands in its namespaces and root
/// folder.

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/runtime_spec.hpp"
#include "guest-image/oci_runtime/channel.hpp"

namespace redoubt::guest::oci_runtime {

/// The child's ends of its standard streams; unused with a terminal.
struct StandardStreams {
    UniqueFd input, output, error;
};

/// Makes the working folder of a container's first process where it is missing, as runc does, before the root
/// becomes read-only. Links stay inside `root`. Further processes need one that is there.
[[nodiscard]] Status make_working_folder(int root, const std::string& path);

/// What may be told about a process only through the guest's own /proc: before namespaces are entered.
[[nodiscard]] Status set_up_early(const oci::Process& process);

/// Connects the streams to 0, 1 and 2.
[[nodiscard]] Status connect_streams(const StandardStreams& streams);

/// Takes on limits, user, working folder, capabilities and filter, reports ready, waits for go, and executes.
/// Returns only with an error, which the caller reports.
[[nodiscard]] Error become(const oci::Process& process, const oci::Seccomp* seccomp,
                           const ChildChannel& channel, int terminal);

} // namespace redoubt::guest::oci_runtime

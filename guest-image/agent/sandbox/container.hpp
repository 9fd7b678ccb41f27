// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/strong_id.hpp"
#include "common/containers/layer_changes.hpp"
#include "common/oci/runtime_spec.hpp"
#include "common/process/process.hpp"
#include "guest-image/oci_runtime/cgroup.hpp"
#include "guest-image/oci_runtime/channel.hpp"

namespace redoubt::guest::sandbox {

using process::Process;

/// A container: what was asked for, what was made for it, and its processes. Shared by the sandbox and by the
/// calls in flight on it.
struct Container {
    enum class State { creating, created, running, removing };

    ContainerId id;
    State state = State::creating;
    oci::Spec spec;
    std::vector<std::string> mount_points;    ///< of its storages, in order of making
    std::optional<containers::Layers> layers; ///< of the overlay that is its root filesystem
    std::optional<oci_runtime::Cgroup> cgroup;
    std::shared_ptr<Process> init;
    std::map<ExecId, std::shared_ptr<Process>> execs;
    std::vector<ExecId> exec_order; ///< oldest first
    /// What other containers show this one, until its init has it.
    std::vector<std::pair<oci::Mount, UniqueFd>> views;
    /// To its init, until that is started.
    std::unique_ptr<oci_runtime::ParentChannel> channel;

    [[nodiscard]] bool is_alive() const { return init != nullptr && !init->exit_code(); }
};

} // namespace redoubt::guest::sandbox

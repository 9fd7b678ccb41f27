// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/container_spec.hpp"

namespace redoubt::node::sandbox {

UnixTime unix_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::string_view name_of(ContainerState state) {
    switch (state) {
    case ContainerState::created: return "created";
    case ContainerState::starting: return "starting";
    case ContainerState::running: return "running";
    case ContainerState::stopping: return "stopping";
    case ContainerState::exited: return "exited";
    }
    return "unknown";
}

std::string_view name_of(RestartPolicy::Kind kind) {
    switch (kind) {
    case RestartPolicy::Kind::no: return "no";
    case RestartPolicy::Kind::on_failure: return "on-failure";
    case RestartPolicy::Kind::always: return "always";
    case RestartPolicy::Kind::unless_stopped: return "unless-stopped";
    }
    return "no";
}

} // namespace redoubt::node::sandbox

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

} // namespace redoubt::node::sandbox

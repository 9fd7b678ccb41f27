// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/values.hpp"

#include <chrono>

namespace redoubt::gui {

std::string_view name_of(WorkloadKind kind) {
    return kind == WorkloadKind::pod ? "Pod" : "Container";
}

std::string_view name_of(WorkloadState state) {
    switch (state) {
    case WorkloadState::created: return "Created";
    case WorkloadState::starting: return "Starting";
    case WorkloadState::running: return "Running";
    case WorkloadState::degraded: return "Degraded";
    case WorkloadState::paused: return "Paused";
    case WorkloadState::stopping: return "Stopping";
    case WorkloadState::exited: return "Exited";
    }
    return "Unknown";
}

std::string_view name_of(JobState state) {
    switch (state) {
    case JobState::running: return "Running";
    case JobState::done: return "Done";
    case JobState::failed: return "Failed";
    }
    return "Unknown";
}

std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace redoubt::gui
